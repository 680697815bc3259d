"""The draft of a bank's file: what lies in a folder that nobody has described. bank/describe.py is the command."""
