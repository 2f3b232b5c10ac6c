BEGIN TRANSACTION;
CREATE TABLE feed (
        id TEXT PRIMARY KEY,
        memory TEXT NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "feed" VALUES('broken','{"url":"{origin}/broken","validators":{"etag":null,"last_modified":null},"body":null,"last_poll":"2026-11-24T19:36:15.750010988Z","last_success":null,"last_new":null,"next_poll":"2026-11-24T20:41:09.608544691Z","pace_secs":null,"asked_secs":null,"items":0,"successes":0,"polls":3,"unchanged":0,"written":0,"trouble":{"kind":"status","message":"the server answered 500 Internal Server Error","since":"2026-11-24T19:36:15.018643739Z","failures":3,"reported":true},"loss":null,"moved":null,"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('closed','{"url":"{origin}/closed","validators":{"etag":null,"last_modified":null},"body":null,"last_poll":"2026-11-24T19:36:15.750038859Z","last_success":null,"last_new":null,"next_poll":"2026-12-01T19:36:15.761013074Z","pace_secs":null,"asked_secs":null,"items":0,"successes":0,"polls":3,"unchanged":0,"written":0,"trouble":{"kind":"gone","message":"the server answered 410 Gone","since":"2026-11-24T19:36:15.019522473Z","failures":3,"reported":true},"loss":null,"moved":null,"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('moved','{"url":"{origin}/moved","validators":{"etag":null,"last_modified":null},"body":"34627f17a3bee9ab","last_poll":"2026-11-24T19:36:15.749913813Z","last_success":"2026-11-24T19:36:15.802456132Z","last_new":"2026-11-24T19:36:15.070193244Z","next_poll":"2026-11-24T20:01:02.199762291Z","pace_secs":1406.25,"asked_secs":null,"items":1,"successes":3,"polls":3,"unchanged":2,"written":1,"trouble":null,"loss":null,"moved":{"to":"{origin}/stands","since":"2026-11-24T19:36:15.070193244Z","seen":1},"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('tagged','{"url":"{origin}/tagged","validators":{"etag":"\"first-2\"","last_modified":"Tue, 24 Nov 2026 03:00:00 GMT"},"body":"b8c47ae019d846cc","last_poll":"2026-11-24T19:36:15.713310988Z","last_success":"2026-11-24T19:36:15.759293542Z","last_new":"2026-11-24T19:36:15.437572134Z","next_poll":"2026-11-24T19:56:05.598941626Z","pace_secs":1125.0,"asked_secs":600,"items":3,"successes":3,"polls":3,"unchanged":1,"written":4,"trouble":null,"loss":null,"moved":null,"learned_url":null,"alternate":0}');
CREATE TABLE item (
        row INTEGER PRIMARY KEY,
        outlet INTEGER NOT NULL,
        id TEXT NOT NULL,
        revision INTEGER NOT NULL,
        guid INTEGER,
        url INTEGER,
        text INTEGER NOT NULL,
        title INTEGER NOT NULL,
        texts BLOB NOT NULL,
        published INTEGER NOT NULL,
        first_seen INTEGER NOT NULL,
        feeds TEXT NOT NULL,
        story TEXT,
        learned INTEGER NOT NULL DEFAULT 0
    );
INSERT INTO "item" VALUES(1,9054817985672198882,'a_2xzddmvh0gafhjyhykqn8kpbxt',1,-403560682624117945,-5866675121048150134,32703142859825552,-8509560323481743756,X'90E132CD552F7400',1795482000,1795548975015521,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"first","of":null,"score":1.0}',0);
INSERT INTO "item" VALUES(2,9054817985672198882,'a_3gwxx00fmj1xc5hvzem4m324se',1,-7553353678075625628,-8763424660213004439,-2015291808919871007,1403708733730841199,X'E1A193FAC63E08E4',1795485600,1795548975015521,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"near","of":"a_2xzddmvh0gafhjyhykqn8kpbxt","score":0.75}',1);
INSERT INTO "item" VALUES(3,9054817985672198882,'a_5r29szhw8kcb9rhn8wmsfqpnef',2,3768991946503595060,-7312679121276503970,-5201231463047791756,-2465484124717353856,X'7512C86BFAF504FF747B73AA8A83D1B7',1795489200,1795548975015521,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"near","of":"a_2xzddmvh0gafhjyhykqn8kpbxt","score":0.75}',0);
INSERT INTO "item" VALUES(4,-768835670830115656,'a_2353p84fpj08ygx2atn0sxe0mb',1,2717030961064001117,-3093836409428568512,1759249368521802114,-768041897149196130,X'828112D2FA1B6A18',1795485600,1795548975062394,'moved','{"id":"s_2353p84fpj08ygx2atn0sxe0mb","relation":"first","of":null,"score":1.0}',0);
CREATE TABLE key (
        outlet INTEGER NOT NULL,
        key INTEGER NOT NULL,
        item INTEGER NOT NULL,
        PRIMARY KEY (outlet, key)
    ) WITHOUT ROWID;
INSERT INTO "key" VALUES(-768835670830115656,-3093836409428568512,4);
INSERT INTO "key" VALUES(-768835670830115656,1759249368521802114,4);
INSERT INTO "key" VALUES(-768835670830115656,2717030961064001117,4);
INSERT INTO "key" VALUES(9054817985672198882,-8763424660213004439,2);
INSERT INTO "key" VALUES(9054817985672198882,-7553353678075625628,2);
INSERT INTO "key" VALUES(9054817985672198882,-7312679121276503970,3);
INSERT INTO "key" VALUES(9054817985672198882,-5866675121048150134,1);
INSERT INTO "key" VALUES(9054817985672198882,-5201231463047791756,3);
INSERT INTO "key" VALUES(9054817985672198882,-2015291808919871007,2);
INSERT INTO "key" VALUES(9054817985672198882,-403560682624117945,1);
INSERT INTO "key" VALUES(9054817985672198882,-70661238232182155,3);
INSERT INTO "key" VALUES(9054817985672198882,32703142859825552,1);
INSERT INTO "key" VALUES(9054817985672198882,1461021851274878880,2);
INSERT INTO "key" VALUES(9054817985672198882,3768991946503595060,3);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "meta" VALUES('absorbed','13');
INSERT INTO "meta" VALUES('directory','khabar-d25bf09e7bf8a590abeb1d4b43a6944a');
COMMIT;
PRAGMA user_version = 1;
