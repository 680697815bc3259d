{#- downstream of every study, so that a run of one study also refreshes what is rendered from its YAML -#}
-- depends_on: {{ ref('feature_catalog') }}
{% set rows = [] -%}
{% for known in protected_attributes(protected_sources() if execute else []) -%}
{% set texts = sql_text(known.attribute) ~ ', ' ~ sql_text(known.kind) ~ ', ' ~ sql_text(known.known_from | join(', ')) -%}
{% do rows.append('(' ~ known.position ~ ', ' ~ texts ~ ')') -%}
{% endfor -%}
select
    cast(position as integer) as position,
    cast(attribute as varchar) as attribute,
    cast(kind as varchar) as kind,
    cast(known_from as varchar) as known_from
from (
    values
    {{ rows | join(',\n    ') or '(null, null, null, null)' }}
) as known (position, attribute, kind, known_from)  -- noqa: AL05
where position is not null
