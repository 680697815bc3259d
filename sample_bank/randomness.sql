-- Random numbers that are the same on every engine version, platform and number of threads: integer mixing (the
-- 32-bit "lowbias32" function) of seed, customer and draw. random() and hash() promise neither. Each macro names its
-- argument more than once: the engine computes a common subexpression once.

create or replace temp macro mix_1(x) as (xor(x, x >> 16) * 2146121005::ubigint) & 4294967295::ubigint;
create or replace temp macro mix_2(x) as (xor(x, x >> 15) * 2221713035::ubigint) & 4294967295::ubigint;
create or replace temp macro mix_3(x) as xor(x, x >> 16);

-- The i-th word (32 random bits) of a key (0 .. 2^32 - 1): what is not read is not computed.
create or replace temp macro word(key, i) as
    mix_3(mix_2(mix_1((key::ubigint + i::ubigint * 2654435769::ubigint) & 4294967295::ubigint)));

-- The key of the numbered thing within a key: customer n of the seed, date d or event k of a customer.
create or replace temp macro key_within(key, number) as
    word((key::ubigint + number::ubigint * 2246822519::ubigint) & 4294967295::ubigint, 1);

-- A word as a number in (0, 1), and as a standard normal one: Box-Muller with the word's upper half as radius and
-- its lower half as angle, so that one word gives one normal number (within -4.9 .. 4.9).
create or replace temp macro uniform(key, i) as (word(key, i)::double + 0.5) / 4294967296.0;

create or replace temp macro normal(key, i) as
    sqrt(-2 * ln(((word(key, i) >> 16)::double + 0.5) / 65536.0))
    * cos(2 * pi() * (word(key, i) & 65535::ubigint)::double / 65536.0);

-- What a customer is like (key w, the same at every date) with the noise of one date (key e). Variance 1.
create or replace temp macro level(w, e, i) as 0.95 * normal(w, i) + 0.3122 * normal(e, i);

-- The option whose interval of the cumulative shares holds u.
create or replace temp macro pick(options, cumulative, u) as
    options[1 + len(list_filter(cumulative, lambda c: c <= u))];

-- The months out of 12 of something that happens in a share p of the months, for a customer z standard deviations
-- above the usual: the logistic scale gives the mass at 0 and at 12 that real cards have.
create or replace temp macro months(p, z, spread) as
    round(12 / (1 + exp(-(ln(p / (1 - p)) + spread * z))))::integer;
