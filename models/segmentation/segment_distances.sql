{{ config(materialized='view') }}

{{ distances_to_segments(ref('feature_vectors')) }}
