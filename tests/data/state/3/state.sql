BEGIN TRANSACTION;
CREATE TABLE feed (
        id TEXT PRIMARY KEY,
        memory TEXT NOT NULL
    ) WITHOUT ROWID;
INSERT INTO "feed" VALUES('broken','{"url":"{origin}/broken","validators":{"etag":null,"last_modified":null},"body":null,"honesty":{"checks":0,"lies":0,"kept":0,"last_check":null},"last_poll":"2026-11-24T20:33:09.198967Z","last_success":null,"last_new":null,"next_poll":"2026-11-24T21:38:03.053684929Z","pace_secs":null,"fresh_secs":null,"asked":{"ttl_secs":null,"skip_hours":[],"skip_days":[]},"rhythm":{"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"days":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"hour_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"day_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"upto":null,"discounted":null},"surge":null,"depth":null,"longest_pause_secs":0.0,"recent":{"items":0.0,"expected":0.0,"at":null},"newest":[],"items":0,"successes":0,"polls":3,"unchanged":0,"written":0,"trouble":{"kind":"status","message":"the server answered 500 Internal Server Error","status":500,"since":"2026-11-24T20:33:06.827474Z","failures":3,"told":"failing"},"silent":null,"loss":null,"watch":{"standing":[],"missing":[]},"moved":null,"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('closed','{"url":"{origin}/closed","validators":{"etag":null,"last_modified":null},"body":null,"honesty":{"checks":0,"lies":0,"kept":0,"last_check":null},"last_poll":"2026-11-24T20:33:09.198982Z","last_success":null,"last_new":null,"next_poll":"2026-12-01T20:33:09.20706Z","pace_secs":null,"fresh_secs":null,"asked":{"ttl_secs":null,"skip_hours":[],"skip_days":[]},"rhythm":{"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"days":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"hour_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"day_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"upto":null,"discounted":null},"surge":null,"depth":null,"longest_pause_secs":0.0,"recent":{"items":0.0,"expected":0.0,"at":null},"newest":[],"items":0,"successes":0,"polls":3,"unchanged":0,"written":0,"trouble":{"kind":"gone","message":"the server answered 410 Gone","status":410,"since":"2026-11-24T20:33:06.833942Z","failures":3,"told":"gone"},"silent":null,"loss":null,"watch":{"standing":[],"missing":[]},"moved":null,"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('moved','{"url":"{origin}/moved","validators":{"etag":null,"last_modified":null},"body":"34627f17a3bee9ab","honesty":{"checks":0,"lies":0,"kept":0,"last_check":"2026-11-24T20:33:06.806627Z"},"last_poll":"2026-11-24T20:33:09.198857Z","last_success":"2026-11-24T20:33:09.208388Z","last_new":"2026-11-24T20:33:06.843122Z","next_poll":"2026-11-24T21:20:43.091215825Z","pace_secs":492.806619507,"fresh_secs":null,"asked":{"ttl_secs":2700,"skip_hours":[],"skip_days":[]},"rhythm":{"hours":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"days":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"hour_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"day_time":[0.0,0.0,0.0,0.0,0.0,0.0,0.0],"upto":"2026-11-24T20:33:09.208388Z","discounted":"2026-11-24T20:33:08.107474Z"},"surge":null,"depth":1.0,"longest_pause_secs":0.0,"recent":{"items":0.0,"expected":0.0,"at":"2026-11-24T20:33:09.208388Z"},"newest":[18056653750142487317],"items":1,"successes":3,"polls":3,"unchanged":2,"written":1,"trouble":null,"silent":null,"loss":null,"watch":{"standing":[],"missing":[]},"moved":{"to":"{origin}/stands","since":"2026-11-24T20:33:06.843122Z","seen":1},"learned_url":null,"alternate":0}');
INSERT INTO "feed" VALUES('tagged','{"url":"{origin}/tagged","validators":{"etag":"\"first-2\"","last_modified":"Tue, 24 Nov 2026 03:00:00 GMT"},"body":"b8c47ae019d846cc","honesty":{"checks":1,"lies":0,"kept":1,"last_check":"2026-11-24T20:33:06.767987Z"},"last_poll":"2026-11-24T20:33:09.09456Z","last_success":"2026-11-24T20:33:09.203021Z","last_new":"2026-11-24T20:33:06.820129Z","next_poll":"2026-11-24T21:24:28.589856243Z","pace_secs":2911.577366938,"fresh_secs":600,"asked":{"ttl_secs":2700,"skip_hours":[],"skip_days":[]},"rhythm":{"hours":[0.0,1.0,1.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"days":[0.0,3.0,0.0,0.0,0.0,0.0,0.0],"hour_time":[0.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,1.0,0.552,0.0,0.0,0.0],"day_time":[0.0,19.552,0.0,0.0,0.0,0.0,0.0],"upto":"2026-11-24T20:33:09.203021Z","discounted":"2026-11-24T20:33:06.820129Z"},"surge":null,"depth":3.0,"longest_pause_secs":0.0,"recent":{"items":0.0,"expected":0.0,"at":"2026-11-24T20:33:09.203021Z"},"newest":[4025503305916118345,14503495543744829847],"items":3,"successes":3,"polls":3,"unchanged":1,"written":4,"trouble":null,"silent":null,"loss":null,"watch":{"standing":[],"missing":[]},"moved":null,"learned_url":null,"alternate":0}');
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
        learned INTEGER NOT NULL DEFAULT 0,
        gone INTEGER NOT NULL DEFAULT 0,
        record INTEGER
    );
INSERT INTO "item" VALUES(1,9054817985672198882,'a_2xzddmvh0gafhjyhykqn8kpbxt',1,-403560682624117945,-5866675121048150134,32703142859825552,-8509560323481743756,X'90E132CD552F7400',1795482000,1795552386809394,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"first","of":null,"score":1.0}',0,0,2);
INSERT INTO "item" VALUES(2,9054817985672198882,'a_3gwxx00fmj1xc5hvzem4m324se',1,-7553353678075625628,-8763424660213004439,-2015291808919871007,1403708733730841199,X'E1A193FAC63E08E4',1795485600,1795552386809394,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"near","of":"a_2xzddmvh0gafhjyhykqn8kpbxt","score":0.9984988}',1,0,4);
INSERT INTO "item" VALUES(3,9054817985672198882,'a_5r29szhw8kcb9rhn8wmsfqpnef',2,3768991946503595060,-7312679121276503970,-5201231463047791756,-2465484124717353856,X'7512C86BFAF504FF747B73AA8A83D1B7',1795489200,1795552386809394,'tagged','{"id":"s_2xzddmvh0gafhjyhykqn8kpbxt","relation":"near","of":"a_2xzddmvh0gafhjyhykqn8kpbxt","score":0.9984988}',0,0,12);
INSERT INTO "item" VALUES(4,-768835670830115656,'a_2353p84fpj08ygx2atn0sxe0mb',1,2717030961064001117,-3093836409428568512,1759249368521802114,-768041897149196130,X'828112D2FA1B6A18',1795485600,1795552386840341,'moved','{"id":"s_2353p84fpj08ygx2atn0sxe0mb","relation":"first","of":null,"score":1.0}',0,0,8);
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
CREATE TABLE merge (
        row INTEGER PRIMARY KEY,
        story TEXT NOT NULL UNIQUE,
        target TEXT NOT NULL
    );
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "meta" VALUES('absorbed','13');
INSERT INTO "meta" VALUES('directory','khabar-e0bb2c7716d62a6a89891a4eb172364a');
COMMIT;
PRAGMA user_version = 3;
