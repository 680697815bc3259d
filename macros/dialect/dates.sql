{# the first day of the period of n months (an expression) that ends with a date: with 30 June and 1 it is 1 June, with 0 it is 1 July #}
{% macro first_day_of_months(date, n) %}{{ return(adapter.dispatch('first_day_of_months')(date, n)) }}{% endmacro %}
{% macro duckdb__first_day_of_months(date, n) %}{{ return('cast(' ~ date ~ ' + 1 - to_months(cast(' ~ n ~ ' as integer)) as date)') }}{% endmacro %}

{# whether a time is on a Saturday or Sunday #}
{% macro is_weekend(time) %}{{ return(adapter.dispatch('is_weekend')(time)) }}{% endmacro %}
{% macro duckdb__is_weekend(time) %}{{ return('isodow(' ~ time ~ ') >= 6') }}{% endmacro %}

{# between 22 and 6 o'clock #}
{% macro is_night(time) %}{{ return(adapter.dispatch('is_night')(time)) }}{% endmacro %}
{% macro duckdb__is_night(time) %}{{ return('(hour(' ~ time ~ ') >= 22 or hour(' ~ time ~ ') < 6)') }}{% endmacro %}

{# the days from one date to a later one #}
{% macro days_between(earlier, later) %}{{ return(adapter.dispatch('days_between')(earlier, later)) }}{% endmacro %}
{% macro duckdb__days_between(earlier, later) %}{{ return('(' ~ later ~ ' - ' ~ earlier ~ ')') }}{% endmacro %}

{# The whole years or months from a time to a date. Two digits may have been taken for a year of this century: what would lie ahead is a
   hundred years ago. #}
{% macro units_between(time, date, unit) %}{{ return(adapter.dispatch('units_between')(time, date, unit)) }}{% endmacro %}
{% macro duckdb__units_between(time, date, unit) %}
  {%- set day = 'cast(' ~ time ~ ' as date)' -%}
  {{- return("cast(date_sub('" ~ unit[:-1] ~ "', case when " ~ day ~ ' > ' ~ date ~ ' then cast(' ~ day ~ ' - to_years(100) as date) else ' ~ day ~ ' end, ' ~ date ~ ') as double)') -}}
{% endmacro %}

{# How many different values of a small number (0 to 62) the rows have for which a condition holds: a bitmap, 2.6 times as fast as
   counting distinct values #}
{% macro count_small_where(number, condition) %}{{ return(adapter.dispatch('count_small_where')(number, condition)) }}{% endmacro %}
{% macro duckdb__count_small_where(number, condition) -%}
    coalesce(bit_count(bit_or(cast(1 as bigint) << ({{ number }})) filter (where {{ condition }})), 0)
{%- endmacro %}

{# one row for each day from `first` to the day before `next`, as column `day` of a lateral join #}
{% macro days_from_to(first, next, alias) %}{{ return(adapter.dispatch('days_from_to')(first, next, alias)) }}{% endmacro %}
{% macro duckdb__days_from_to(first, next, alias) -%}
    (select cast(unnest(range({{ first }}, {{ next }}, interval 1 day)) as date) as day) as {{ alias }}
{%- endmacro %}

{# A value of some type, or text without blanks around it -> timestamp; what is not one gives NULL. A time with a zone becomes the local
   time of var time_zone, one without stays as it is. is_date: an instant that is midnight in UTC is that day wherever the bank is, since
   programs write dates so. forms: other forms of text that are tried last. zone: of times that carry none, where that is not the bank's. #}
{% macro timestamp_from(value, type, is_date=false, forms=none, zone=none) %}
  {{- return(adapter.dispatch('timestamp_from')(value, type, is_date, forms, zone)) -}}
{% endmacro %}
{% macro duckdb__timestamp_from(value, type, is_date, forms, zone) %}
  {%- set has_zone = type == 'TIMESTAMP WITH TIME ZONE' -%}
  {#- ISO 8601 lets seconds out, RFC 3339 takes small letters, and some write the zone apart: all this is looked at only where the plain cast fails -#}
  {%- set with_seconds = 'regexp_replace(upper(' ~ value ~ "), '^(.{11}[0-9]{1,2}:[0-9]{2})( ?[-+A-Z])', '\\1:00\\2')" -%}
  {%- set normal = 'regexp_replace(' ~ with_seconds ~ ", ' ([-+]|Z$)', '\\1')" -%}
  {%- set instant = value if has_zone else 'coalesce(try_cast(' ~ value ~ ' as timestamptz), try_cast(' ~ normal ~ ' as timestamptz))' -%}
  {%- set local = instant ~ ' at time zone ' ~ sql_text(var('time_zone')) -%}
  {%- if is_date and var('time_zone') != 'UTC' -%}
    {%- set in_utc = instant ~ " at time zone 'UTC'" -%}
    {%- set local = 'case when cast(' ~ in_utc ~ " as time) = '00:00:00' then " ~ in_utc ~ ' else ' ~ local ~ ' end' -%}
  {%- endif -%}
  {%- if has_zone -%}{{ return(local) }}{%- endif -%}
  {%- set plain = 'try_cast(' ~ value ~ ' as timestamp)' -%}
  {%- if zone and not is_date -%}{%- set plain = in_zone(plain, zone) -%}{%- endif -%}
  {%- if type == 'DATE' or type.startswith('TIMESTAMP') -%}{{ return(plain) }}{%- endif -%}
  {%- if forms -%}{%- set plain = 'coalesce(' ~ time_in_forms(value, forms, is_date) ~ ', ' ~ plain ~ ')' -%}{%- endif -%}
  {#- the end of a day is a time of the next one, and as a date that day itself -#}
  {%- if is_date -%}{%- set plain = 'case when length(' ~ value ~ ') > 10 and regexp_matches(' ~ value ~ ", '[ T]24:00(:00)?$') then try_cast(substr(" ~ value ~ ', 1, 10) as timestamp) else ' ~ plain ~ ' end' -%}{%- endif -%}
  {#- a zone is a sign or a letter behind the date; most times end in :mm:ss and have none -#}
  {{- return('case when (substr(' ~ value ~ ", -3, 1) <> ':' or substr(" ~ value ~ ", -6, 1) <> ':') and regexp_matches(substr(" ~ value ~ ", 12), '[-+A-Za-z]') then " ~ local
      ~ ' else ' ~ plain ~ ' end') -}}
{% endmacro %}

{# a time that is a local one of another zone as the local one of var time_zone #}
{% macro in_zone(time, zone) %}{{ return(adapter.dispatch('in_zone')(time, zone)) }}{% endmacro %}
{% macro duckdb__in_zone(time, zone) %}
  {{- return('((' ~ time ~ ') at time zone ' ~ sql_text(zone) ~ ') at time zone ' ~ sql_text(var('time_zone'))) -}}
{% endmacro %}

{# a time that is written in one of some forms of strptime, the first that fits; a time of day may stand behind a date, also 24:00 #}
{% macro time_in_forms(value, forms, is_date=false) %}{{ return(adapter.dispatch('time_in_forms')(value, forms, is_date)) }}{% endmacro %}
{% macro duckdb__time_in_forms(value, forms, is_date) %}
  {%- if not forms -%}{{ return('cast(null as timestamp)') }}{%- endif -%}
  {%- set all = [] -%}
  {%- for form in forms -%}
    {%- do all.append(form) -%}
    {%- for time in (['%H:%M:%S', '%H:%M', '%H:%M:%S.%f'] if '%H' not in form else []) -%}{%- do all.append(form ~ ' ' ~ time) -%}{%- endfor -%}
  {%- endfor -%}
  {%- set midnight = 'regexp_replace(' ~ value ~ ", '([ T])24:00(:00)?$', '\\100:00\\2')" -%}
  {%- set parsed = [] -%}
  {%- for text in [value, midnight] -%}{%- do parsed.append('try_strptime(' ~ text ~ ', [' ~ sql_texts(all) ~ '])') -%}{%- endfor -%}
  {{- return('coalesce(' ~ parsed | join(', ') ~ (')' if is_date else ' + to_days(1))')) -}}
{% endmacro %}

{# the time of a number of days since 30 December 1899, as spreadsheets count them #}
{% macro time_of_serial(value) %}{{ return(adapter.dispatch('time_of_serial')(value)) }}{% endmacro %}
{% macro duckdb__time_of_serial(value) %}
  {{- return("(timestamp '1899-12-30' + to_microseconds(cast(round(try_cast(" ~ value ~ " as double) * 86400) as bigint) * 1000000))") -}}
{% endmacro %}

{# of a column of text: the dates such as 2/8/2016, by the sign between their numbers: (sign, largest first number, largest second, how many) #}
{% macro day_or_month(column, from) %}{{ return(adapter.dispatch('day_or_month')(column, from)) }}{% endmacro %}
{% macro duckdb__day_or_month(column, from) %}
  {%- set rows = [] -%}
  {%- for row in run_query("select parts.sign, max(cast(parts.a as integer)) as a, max(cast(parts.b as integer)) as b, count(*) as n from (select regexp_extract(trim("
      ~ column ~ "), '^([0-9]{1,2})([-/.])([0-9]{1,2})[-/.][0-9]{4}([ T].*)?$', ['a', 'sign', 'b']) as parts from " ~ from
      ~ ") as given where parts.sign <> '' group by parts.sign order by parts.sign") -%}
    {%- do rows.append((row[0], row[1] | int, row[2] | int, row[3] | int)) -%}
  {%- endfor -%}
  {{- return(rows) -}}
{% endmacro %}

{# the names of time zones that the engine knows #}
{% macro time_zones() %}{{ return(adapter.dispatch('time_zones')()) }}{% endmacro %}
{% macro duckdb__time_zones() %}{{ return(run_query('select name from pg_timezone_names() order by name').columns[0].values() | list) }}{% endmacro %}
