"""What the project is made of: a bill of materials, the licences, and what is known of their faults."""
