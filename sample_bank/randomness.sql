-- Random numbers that are the same on every engine version, platform and number of threads: integer mixing
-- (the 32-bit "lowbias32" function) of seed, customer and draw. random() and hash() promise neither.

-- n words of 32 bits for one key (key: 0 .. 2^32 - 1). One lambda a step, so that each step is one vectorised pass.
create or replace temp macro words(key, n) as
    list_transform(
        list_transform(
            list_transform(
                list_transform(
                    range(1, n + 1),
                    lambda i: (key::ubigint + i::ubigint * 2654435769::ubigint) & 4294967295::ubigint
                ),
                lambda x: (xor(x, x >> 16) * 2146121005::ubigint) & 4294967295::ubigint
            ),
            lambda x: (xor(x, x >> 15) * 2221713035::ubigint) & 4294967295::ubigint
        ),
        lambda x: xor(x, x >> 16)
    );

-- The key of a thing within a stream: one more mixing, so that neighbours have unrelated words.
create or replace temp macro stream(key, number) as
    words((key::ubigint + number::ubigint * 2246822519::ubigint) & 4294967295::ubigint, 1)[1];

-- A word as a number in (0, 1), and as a standard normal one: Box-Muller with the word's upper half as radius and
-- its lower half as angle, so that one word gives one normal number (within -4.9 .. 4.9).
create or replace temp macro uniform(word) as (word::double + 0.5) / 4294967296.0;

create or replace temp macro normal(word) as
    sqrt(-2 * ln(((word >> 16)::double + 0.5) / 65536.0)) * cos(2 * pi() * (word & 65535::ubigint)::double / 65536.0);

-- What a customer is like (word w[i], the same at every date) with the noise of one date (e[i]). Variance 1.
create or replace temp macro level(w, e, i) as 0.95 * normal(w[i]) + 0.3122 * normal(e[i]);

-- The option whose interval of the cumulative shares holds u.
create or replace temp macro pick(options, cumulative, u) as
    options[1 + len(list_filter(cumulative, lambda c: c <= u))];

-- The months out of 12 of something that happens in a share p of the months, for a customer z standard deviations
-- above the usual: the logistic scale gives the mass at 0 and at 12 that real cards have.
create or replace temp macro months(p, z, spread) as
    round(12 / (1 + exp(-(ln(p / (1 - p)) + spread * z))))::integer;
