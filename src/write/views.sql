-- DuckDB views of this directory (DuckDB 1.1 or later):
--
--   SET VARIABLE khabar = '/path/of/this/directory';   -- absent: the current directory
--   .read /path/of/this/directory/views.sql
--
--   articles           one row for each article: its latest revision; story is where it stands now, merges
--                      included
--   article_revisions  every article record; story is where it was placed when it was written
--   placements         every placement record; for an article the highest seq holds
--   stories            one row for each story: its latest state; merged_into says that it is another one now
--   story_redirects    one row for each story that was merged: the one that it is now
--   story_states       every story record
--   events             every event record
--   voices             one row for each story and publisher: who tells it, since when, in words of its own?
--   withdrawn          one row for each article that its outlet has taken back: since when, by which answer
--   feeds_in_trouble   one row for each feed whose last change of state was for the worse
--
-- The files are listed when this script is read, so all views show one moment; read it again to see what
-- was sealed, copied or removed since. A closed day is taken from Parquet if it is there, else from JSON
-- Lines, never from both. Views and variables last as long as the session; nothing is written. All times
-- are in UTC.

SET VARIABLE khabar = coalesce(getvariable('khabar'), '.');

-- The data files that the manifest names and that are there.
CREATE OR REPLACE TEMP TABLE khabar_files AS
WITH found AS (
    SELECT
        file,
        regexp_extract(
            replace(file, '\', '/'),
            '((parquet/)?(articles|placements|stories|events)/date=([0-9-]+)/[^/]+)$',
            ['path', 'folder', 'kind', 'day']
        ) AS part
    FROM glob([
        getvariable('khabar') || '/articles/date=*/*.jsonl*',
        getvariable('khabar') || '/placements/date=*/*.jsonl*',
        getvariable('khabar') || '/stories/date=*/*.jsonl*',
        getvariable('khabar') || '/events/date=*/*.jsonl*',
        getvariable('khabar') || '/parquet/*/date=*/*.parquet'
    ])
), sealed AS (
    SELECT path, any_value(first_seq) AS first_seq, any_value(last_seq) AS last_seq
    FROM read_json(
        getvariable('khabar') || '/MANIFEST.jsonl',
        columns = {path: 'VARCHAR', first_seq: 'BIGINT', last_seq: 'BIGINT', removed: 'VARCHAR'},
        format = 'newline_delimited', ignore_errors = true
    )
    GROUP BY path
    HAVING count(removed) = 0
)
SELECT file, part.kind AS kind, part.day AS day, part.folder = 'parquet/' AS columnar, first_seq, last_seq
FROM found JOIN sealed ON sealed.path = found.part.path;

-- What read_json gets of a kind. It refuses an empty list: the manifest stands in, and no line of it
-- passes for a record.
CREATE OR REPLACE TEMP MACRO khabar_lines(wanted) AS (
    SELECT coalesce(list(file ORDER BY file), [getvariable('khabar') || '/MANIFEST.jsonl'])
    FROM khabar_files AS f
    WHERE f.kind = wanted AND NOT f.columnar AND NOT EXISTS (
        -- What came late, after its day was copied, is not in the copy: its seq is higher.
        FROM khabar_files AS p
        WHERE p.kind = f.kind AND p.day = f.day AND p.columnar AND p.last_seq >= f.first_seq
    )
);

-- What read_parquet gets of a kind; null where there is none.
CREATE OR REPLACE TEMP MACRO khabar_columns(wanted) AS (
    SELECT list(file ORDER BY file) FROM khabar_files AS f WHERE f.kind = wanted AND f.columnar
);

-- The records of a kind: JSON Lines, and Parquet only where there is some, since read_parquet too refuses
-- an empty list.
CREATE OR REPLACE TEMP MACRO khabar_rows(kind, times, columnar) AS
    'SELECT * FROM khabar_' || kind || '_lines' || CASE WHEN columnar IS NULL THEN '' ELSE
        ' UNION ALL BY NAME SELECT * REPLACE ('
        || regexp_replace(times, '([a-z_]+)', 'make_timestamp(epoch_us("\1")) AS "\1"', 'g')
        || ') FROM read_parquet(getvariable(''khabar_' || kind || '_columns''), hive_partitioning = false, union_by_name = true)'
    END;

SET VARIABLE khabar_article_lines = khabar_lines('articles');
SET VARIABLE khabar_article_columns = khabar_columns('articles');
SET VARIABLE khabar_article_rows = khabar_rows('article', 'written, published, updated, first_seen, fetched', getvariable('khabar_article_columns'));
CREATE OR REPLACE TEMP VIEW khabar_article_lines AS
SELECT * FROM read_json(
    getvariable('khabar_article_lines'),
    format = 'newline_delimited',
    hive_partitioning = false,
    columns = {
        "record": 'VARCHAR',
        "schema": 'INTEGER',
        "seq": 'BIGINT',
        "id": 'VARCHAR',
        "revision": 'INTEGER',
        "written": 'TIMESTAMP',
        "feed": 'VARCHAR',
        "outlet": 'VARCHAR',
        "publisher": 'VARCHAR',
        "also_in": 'VARCHAR[]',
        "origin": 'VARCHAR',
        "guid": 'VARCHAR',
        "url": 'VARCHAR',
        "canonical_url": 'VARCHAR',
        "title": 'VARCHAR',
        "summary": 'VARCHAR',
        "text": 'VARCHAR',
        "text_from": 'VARCHAR',
        "authors": 'VARCHAR[]',
        "tags": 'VARCHAR[]',
        "image": 'VARCHAR',
        "language": 'VARCHAR',
        "script": 'VARCHAR',
        "language_confidence": 'DOUBLE',
        "paywalled": 'BOOLEAN',
        "published": 'TIMESTAMP',
        "published_raw": 'VARCHAR',
        "published_from": 'VARCHAR',
        "published_precision": 'VARCHAR',
        "published_offset": 'VARCHAR',
        "calendar": 'VARCHAR',
        "updated": 'TIMESTAMP',
        "first_seen": 'TIMESTAMP',
        "fetched": 'TIMESTAMP',
        "countries": 'STRUCT(code VARCHAR, score DOUBLE)[]',
        "places": 'STRUCT(id VARCHAR, "name" VARCHAR, country VARCHAR)[]',
        "people": 'STRUCT(id VARCHAR, "name" VARCHAR)[]',
        "bodies": 'STRUCT(id VARCHAR, "name" VARCHAR)[]',
        "relevance": 'DOUBLE',
        "story": 'STRUCT(id VARCHAR, relation VARCHAR, "of" VARCHAR, score DOUBLE)',
        "raw_sha256": 'VARCHAR',
        "text_sha256": 'VARCHAR',
        "flags": 'VARCHAR[]'
    }
)
WHERE record = 'article';
CREATE OR REPLACE TEMP VIEW article_revisions AS FROM query(getvariable('khabar_article_rows'));

SET VARIABLE khabar_placement_lines = khabar_lines('placements');
SET VARIABLE khabar_placement_columns = khabar_columns('placements');
SET VARIABLE khabar_placement_rows = khabar_rows('placement', 'at', getvariable('khabar_placement_columns'));
CREATE OR REPLACE TEMP VIEW khabar_placement_lines AS
SELECT * FROM read_json(
    getvariable('khabar_placement_lines'),
    format = 'newline_delimited',
    hive_partitioning = false,
    columns = {
        "record": 'VARCHAR',
        "seq": 'BIGINT',
        "at": 'TIMESTAMP',
        "article": 'VARCHAR',
        "story": 'VARCHAR',
        "relation": 'VARCHAR',
        "of": 'VARCHAR',
        "score": 'DOUBLE',
        "runner_up": 'STRUCT(story VARCHAR, score DOUBLE)',
        "evidence": 'STRUCT("names" VARCHAR[], numbers VARCHAR[], places VARCHAR[], terms VARCHAR[], text_overlap DOUBLE, hours_apart DOUBLE)',
        "engine": 'VARCHAR',
        "supersedes": 'BIGINT'
    }
)
WHERE record = 'placement';
CREATE OR REPLACE TEMP VIEW placements AS FROM query(getvariable('khabar_placement_rows'));

SET VARIABLE khabar_story_lines = khabar_lines('stories');
SET VARIABLE khabar_story_columns = khabar_columns('stories');
SET VARIABLE khabar_story_rows = khabar_rows('story', 'at, first_seen, last_seen', getvariable('khabar_story_columns'));
CREATE OR REPLACE TEMP VIEW khabar_story_lines AS
SELECT * FROM read_json(
    getvariable('khabar_story_lines'),
    format = 'newline_delimited',
    hive_partitioning = false,
    columns = {
        "record": 'VARCHAR',
        "seq": 'BIGINT',
        "at": 'TIMESTAMP',
        "id": 'VARCHAR',
        "merged_into": 'VARCHAR',
        "split_from": 'VARCHAR',
        "follows": 'VARCHAR[]',
        "titles": 'STRUCT("language" VARCHAR, title VARCHAR)[]',
        "first_seen": 'TIMESTAMP',
        "last_seen": 'TIMESTAMP',
        "first_article": 'VARCHAR',
        "article_count": 'BIGINT',
        "outlets": 'VARCHAR[]',
        "publishers": 'VARCHAR[]',
        "independent_voices": 'BIGINT',
        "languages": 'VARCHAR[]',
        "countries": 'VARCHAR[]',
        "places": 'VARCHAR[]',
        "people": 'VARCHAR[]'
    }
)
WHERE record = 'story';
CREATE OR REPLACE TEMP VIEW story_states AS FROM query(getvariable('khabar_story_rows'));

SET VARIABLE khabar_event_lines = khabar_lines('events');
SET VARIABLE khabar_event_columns = khabar_columns('events');
SET VARIABLE khabar_event_rows = khabar_rows('event', 'at, since, until', getvariable('khabar_event_columns'));
CREATE OR REPLACE TEMP VIEW khabar_event_lines AS
SELECT * FROM read_json(
    getvariable('khabar_event_lines'),
    format = 'newline_delimited',
    hive_partitioning = false,
    columns = {
        "record": 'VARCHAR',
        "seq": 'BIGINT',
        "at": 'TIMESTAMP',
        "feed": 'VARCHAR',
        "kind": 'VARCHAR',
        "since": 'TIMESTAMP',
        "until": 'TIMESTAMP',
        "detail": 'VARCHAR'
    }
)
WHERE record = 'event';
CREATE OR REPLACE TEMP VIEW events AS FROM query(getvariable('khabar_event_rows'));

CREATE OR REPLACE TEMP VIEW stories AS
FROM story_states QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1;

-- Where merges lead. A story may have been merged into one that was merged in its turn.
CREATE OR REPLACE TEMP VIEW story_redirects AS
WITH RECURSIVE merged AS MATERIALIZED (
    SELECT id, merged_into FROM stories WHERE merged_into IS NOT NULL
), hops AS (
    SELECT id AS story, merged_into AS target, 1 AS hops FROM merged
    UNION ALL
    SELECT hops.story, merged.merged_into, hops.hops + 1
    FROM hops JOIN merged ON merged.id = hops.target
    WHERE hops.hops < 100
)
SELECT story, arg_max(target, hops) AS target FROM hops GROUP BY story;

CREATE OR REPLACE TEMP VIEW articles AS
WITH latest AS (
    FROM article_revisions QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1
), placed AS (
    FROM placements QUALIFY row_number() OVER (PARTITION BY article ORDER BY seq DESC) = 1
)
SELECT
    latest.* REPLACE (
        CASE WHEN placed.seq IS NULL THEN latest.story ELSE struct_pack(
            -- An article that had left the window when its story was merged has no placement of that.
            id := coalesce(story_redirects.target, placed.story),
            relation := placed.relation, "of" := placed."of", score := placed.score
        ) END AS story
    ),
    placed.seq AS placed_seq,
    placed."at" AS placed_at
FROM latest
LEFT JOIN placed ON placed.article = latest.id
LEFT JOIN story_redirects ON story_redirects.story = placed.story;

-- Who tells a story: one row for each story and publisher. A voice is independent if some text of it is
-- neither a copy nor credited to somebody else.
CREATE OR REPLACE TEMP VIEW voices AS
SELECT
    story.id AS story,
    publisher,
    list_sort(list(DISTINCT outlet)) AS outlets,
    count(*) AS articles,
    min(published) AS first_published,
    bool_or(story.relation NOT IN ('copy', 'near') AND origin IS NULL) AS independent,
    list_sort(list(DISTINCT origin) FILTER (origin IS NOT NULL)) AS credits
FROM articles
GROUP BY story.id, publisher;

-- Articles whose latest revision says that the page is gone. Their texts stand in it.
CREATE OR REPLACE TEMP VIEW withdrawn AS
SELECT
    id, outlet, publisher, title, url, published, first_seen, story,
    fetched AS withdrawn,
    CASE WHEN list_contains(flags, 'gone_410') THEN 410 ELSE 404 END AS status
FROM articles
WHERE list_has_any(flags, ['gone_404', 'gone_410']);

-- Feeds whose last change of state was for the worse.
CREATE OR REPLACE TEMP VIEW feeds_in_trouble AS
WITH latest AS (
    FROM events
    WHERE feed IS NOT NULL AND kind IN ('silent', 'blocked', 'gone', 'failing', 'recovered')
    QUALIFY row_number() OVER (PARTITION BY feed ORDER BY seq DESC) = 1
)
FROM latest WHERE kind <> 'recovered';
