use super::stems::{FILES, HEAD_COLUMNS, LANGUAGES, folded_stem, rows, stems_of};
use super::*;
use crate::normalise::text::fold;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn names(text: &str, language: &str) -> Vec<&'static str> {
    concepts(&fold(text), language)
        .iter()
        .map(|concept| name(concept.id))
        .collect()
}

/// Every word of `text` names one concept, in the order of `expected`.
#[track_caller]
fn check(language: &str, text: &str, expected: &str) {
    let words = text.split(", ").map(|word| names(word, language).join("+"));
    let found: Vec<String> = words.collect();
    assert_eq!(found.join(" "), expected, "{language}");
}

#[test]
fn inflected_forms_are_found() {
    check(
        "en",
        "earthquakes, floods, bombings, ambassadors, elections, locusts, glaciers, refugees, loans, exports",
        "earthquake flood bomb ambassador election locust glacier refugee loan-credit export",
    );
    check(
        "ru",
        "землетрясением, паводков, взрывы, послам, выборах, саранчой, ледников, беженцами, кредитов, экспорту",
        "earthquake flood explosion ambassador election locust glacier refugee loan-credit export",
    );
    check(
        "fr",
        "séismes, inondations, explosions, ambassadeurs, élections, criquets, glaciers, réfugiés, emprunts, exportations",
        "earthquake flood explosion ambassador election locust glacier refugee loan-credit export",
    );
    check(
        "de",
        "Erdbebens, Überschwemmungen, Explosionen, Botschafters, Heuschrecken, Gletschern, Flüchtlinge, Krediten, Exporte, Waldbrände",
        "earthquake flood explosion ambassador locust glacier refugee loan-credit export wildfire",
    );
    check(
        "fa",
        "زلزله‌ها, سیلاب‌های, انفجارها, سفیران, انتخاباتی, ملخ‌ها, پناهندگان, وام‌ها, صادراتی, پهپادها",
        "earthquake flood explosion ambassador election locust refugee loan-credit export drone",
    );
    check(
        "prs",
        "زلزله‌ها, سیلاب‌های, انفجارات, پوهنتون‌ها, مکاتب, پولیس, ولسوالان, شفاخانه‌ها, گمرکات, نانوایان",
        "earthquake flood explosion university school police governor hospital customs bread-flour",
    );
    check(
        "ps",
        "زلزلې, سېلابونه, سفیران, ټاکنو, ملخان, صادراتو, چورلکې, زندانونو, روغتونونه, پوهنتونونه",
        "earthquake flood ambassador election locust export helicopter prison hospital university",
    );
    check(
        "uz",
        "zilzilasida, portlashlar, saylovlarda, chigirtkalarga, muzliklarimiz, qochqinlarni, kreditlar, eksportining, vertolyotdan, paxtani",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "uz",
        "зилзиладан, портлашлар, сайловларда, чигирткаларга, музликларимиз, қочқинларни, кредитлар, экспортининг, вертолётдан, пахтани",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "kk",
        "зілзаласының, жарылыстан, сайлауда, шегірткелер, мұздықтардың, босқындарға, несиелер, экспортының, тікұшақпен, мақтаны",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "kk",
        "سايلاۋ, sailauda, saylawda",
        "election election election",
    );
    check(
        "ky",
        "зилзаланын, жарылуудан, шайлоодо, чегирткелер, мөңгүлөр, качкындарга, насыялар, экспорттун, тик учактын, пахтаны",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "tg",
        "заминларзаи, таркишҳо, интихоботро, малахҳо, пиряхҳои, гурезагон, қарзҳо, содироти, чархболҳо, сафирон",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter ambassador",
    );
    check(
        "tk",
        "ýertitremeden, partlamalar, saýlawlarda, çekirtgeler, buzluklaryň, bosgunlara, karzlary, eksportyň, dikuçarlar, pagtany",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "tr",
        "depremlerin, PATLAMALAR, seçimlerde, çekirgeler, buzulların, mültecilere, kredileri, İHRACATIN, helikopterle, pamuğu",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "az",
        "zəlzələnin, partlayışlar, seçkilərdə, çəyirtkələr, buzlaqların, qaçqınlara, kreditləri, ixracatın, helikopterlə, pambığı",
        "earthquake explosion election locust glacier refugee loan-credit export helicopter cotton",
    );
    check(
        "ar",
        "الزلزال, والفيضانات, بانفجارات, للسفير, الانتخابات, بالجراد, اللاجئين, والقروض, صادراتها, المروحيات",
        "earthquake flood explosion ambassador election locust refugee loan-credit export helicopter",
    );
    check(
        "zh",
        "强地震, 特大洪水, 爆炸案, 驻华大使, 总统选举, 蝗虫灾, 棉花产量, 难民潮, 贷款额, 直升机",
        "earthquake flood explosion ambassador election+president locust cotton refugee loan-credit helicopter",
    );
    check(
        "ug",
        "يەر تەۋرەشتە, پارتلاشلار, سايلىمى, مەكتىپىنىڭ, بالىلارنى, مۇزلۇقلار, مۇساپىرلىرى, قەرزىنى, ئېكسپورتى, ۋەزىرى, چېگرىدا, دوختۇرخانىدا",
        "earthquake explosion election school child glacier refugee debt export minister border hospital",
    );
    check(
        "mn",
        "газар хөдлөлтийн, дэлбэрэлт, сонгуулийн, цэргийн, гамшгийг, царцаанд, дүрвэгсдийн, зээлийг, экспортын, элчин сайдтай, гэмт хэргийг, сургуулиуд",
        "earthquake explosion election army disaster locust refugee loan-credit export ambassador crime school",
    );
    check(
        "ur",
        "زلزلے, دھماکوں, انتخابات, سیلابی, فوجیوں, مہاجرین, قرضوں, برآمدات, سفیروں, ہسپتالوں, بچوں, عدالتی",
        "earthquake explosion election flood soldier refugee loan-credit export ambassador hospital child court",
    );
    check(
        "tt",
        "җир тетрәүдән, шартлаулар, сайлауларда, су басуның, качаклар, кредитларны, экспортның, илчесенә, мәктәбендә, сугышның, авылларда, юлларны",
        "earthquake explosion election flood refugee loan-credit export ambassador school war village-rural road-highway",
    );
}

#[test]
fn the_longest_phrase_holds() {
    check(
        "en",
        "a suicide bomber, the border guards, a world cup",
        "suicide-attack border-guard world-cup",
    );
    check(
        "ru",
        "железной дорогой, пограничная служба",
        "railway border-guard",
    );
    check("ru", "исправительных колоний", "prison");
    check(
        "fa",
        "شورای امنیت, آتش‌بس, آتش بس",
        "un-security-council ceasefire ceasefire",
    );
    check(
        "uz",
        "temir yoʻllari, markaziy banki",
        "railway central-bank",
    );
    check("tr", "demiryolları, Dünya Kupası'nda", "railway world-cup");
    check(
        "ar",
        "مجلس الأمن, السكك الحديدية",
        "un-security-council railway",
    );
    check("zh", "中央银行", "central-bank");
}

#[test]
fn look_alike_words_are_not_found() {
    let lacks = |language: &str, text: &str, concept: &str| {
        let found = names(text, language);
        assert!(!found.contains(&concept), "{language} {text}: {found:?}");
    };
    lacks("ru", "грузовое судно", "court");
    lacks("ru", "мирить соседей", "peace");
    lacks("ru", "порты и портреты", "fraud");
    lacks("ru", "сельдь", "mudflow");
    lacks("en", "warning of warm weather", "war");
    lacks("en", "courtesy", "court");
    lacks("en", "banking", "ban");
    lacks("uz", "sudan", "court");
    lacks("tr", "karar", "snow");
    lacks("kk", "сотый", "prison");
    lacks("de", "kriegen", "prison");
    lacks("ar", "واقعية", "prison");
    lacks("ug", "قارار", "black");
    lacks("ug", "سانائەت", "number-amount");
    lacks("ug", "يازغۇچى", "summer");
    lacks("mn", "хүнсний", "man-person");
    lacks("mn", "ардчилал", "public-society");
    lacks("mn", "уран зохиол", "uranium");
    lacks("ur", "جرمنی", "crime");
    lacks("ur", "افغانی", "currency");
    lacks("ur", "خلاف ورزی", "space");
    lacks("tt", "канал", "blood");
    lacks("tt", "Казан", "heating");
    assert_eq!(names("earthquake", "xx"), Vec::<&str>::new());
    assert_eq!(names("", "en"), Vec::<&str>::new());
}

#[test]
fn counts_and_places_are_told() {
    let text = fold("Locusts! The locust swarms eat wheat.");
    let found = concepts(&text, "en");
    let locust = found
        .iter()
        .find(|concept| name(concept.id) == "locust")
        .unwrap();
    assert_eq!((locust.count, locust.first), (2, 0));
    let wheat = found
        .iter()
        .find(|concept| name(concept.id) == "wheat-grain")
        .unwrap();
    assert_eq!(
        (wheat.count, wheat.first as usize),
        (1, text.find("wheat").unwrap())
    );
    assert!(found.is_sorted_by_key(|concept| concept.id));
    assert_eq!(
        (weight(locust.id), name(u16::MAX), weight(u16::MAX)),
        (3, "", 0)
    );
}

#[test]
fn the_files_are_in_order() {
    assert!(len() >= 1_200, "{} concepts", len());
    let header = format!("id\tweight\t{}\tnote", LANGUAGES.join("\t"));
    assert!(
        FILES
            .iter()
            .all(|file| file.lines().next() == Some(header.as_str()))
    );
    let mut seen = BTreeSet::new();
    for row in rows() {
        let columns: Vec<&str> = row.split('\t').collect();
        assert_eq!(columns.len(), HEAD_COLUMNS + LANGUAGES.len() + 1, "{row}");
        assert!(seen.insert(columns[0]), "twice: {}", columns[0]);
        let is_kebab = columns[0]
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        assert!(is_kebab && matches!(columns[1], "1" | "2" | "3"), "{row}");
        for language in ["en", "ru", "fa", "uz", "kk"] {
            assert!(
                stems_of(row, language).next().is_some(),
                "{}: nothing in {language}",
                columns[0]
            );
        }
    }
}

#[test]
fn stems_are_long_enough_and_of_one_concept() {
    for language in LANGUAGES {
        let mut seen = HashMap::new();
        for (row, concept) in rows().zip(0_u16..) {
            for stem in stems_of(row, language) {
                let folded = folded_stem(stem);
                let letters = folded.chars().filter(|c| *c != ' ').count();
                let is_long = letters >= if language == "zh" { 2 } else { 3 };
                assert!(
                    is_long || stem.starts_with('='),
                    "{language}: {stem} is short"
                );
                let other = seen.insert(folded, concept).unwrap_or(concept);
                assert_eq!(name(other), name(concept), "{language}: {stem}");
            }
        }
    }
}

/// Sentences that say the same in two languages.
const PAIRS: &[(&str, &str, &str, &str)] = &[
    (
        "en",
        "Earthquake kills dozens, rescuers search the rubble",
        "ru",
        "Землетрясение: десятки погибших, спасатели ищут под завалами",
    ),
    (
        "en",
        "Parliament approves law on rare earth exports",
        "ru",
        "Парламент одобрил закон об экспорте редкоземельных металлов",
    ),
    (
        "en",
        "Taliban ban girls from universities",
        "fa",
        "طالبان دانشگاه را برای دختران ممنوع کرد",
    ),
    (
        "en",
        "Police arrest journalist after protest",
        "ps",
        "پولیسو تر لاریون وروسته یو خبریال ونیو نیول",
    ),
    (
        "en",
        "President visits China to sign gas pipeline agreement",
        "zh",
        "总统访问中国签署天然气管道协议",
    ),
    (
        "en",
        "Floods destroy bridges and roads",
        "zh",
        "洪水摧毁桥梁和公路",
    ),
    (
        "en",
        "Court sentences former minister for corruption",
        "fr",
        "Un tribunal condamne un ancien ministre pour corruption",
    ),
    (
        "en",
        "Drone attack on oil refinery",
        "de",
        "Drohnenangriff: Attacke einer Drohne auf eine Ölraffinerie",
    ),
    (
        "en",
        "Locusts threaten wheat harvest",
        "uz",
        "Chigirtkalar bugʻdoy hosiliga tahdid solmoqda",
    ),
    (
        "en",
        "Border crossing reopened for trucks",
        "tg",
        "Гузаргоҳи марзӣ ба рӯйи мошинҳои боркаш кушода шуд",
    ),
    (
        "ru",
        "Засуха и нехватка воды: фермеры теряют скот",
        "kk",
        "Құрғақшылық пен су тапшылығы: шаруалар малын жоғалтты",
    ),
    (
        "ru",
        "Президент подписал указ о выборах в парламент",
        "kk",
        "Президент парламент сайлауы туралы жарлыққа қол қойды",
    ),
    (
        "ru",
        "Спасатели эвакуируют жителей из-за паводка",
        "kk",
        "Құтқарушылар су тасқыны салдарынан тұрғындарды эвакуациялады",
    ),
    (
        "ru",
        "Суд приговорил блогера к пяти годам тюрьмы",
        "ky",
        "Сот блогерди беш жылга түрмөгө кести, өкүм чыкты",
    ),
    (
        "ru",
        "Цены на хлеб и муку выросли",
        "uz",
        "Non va un narxi oshdi",
    ),
    (
        "ru",
        "Лавина накрыла дорогу, движение закрыто",
        "tg",
        "Тарма роҳро баст, ҳаракат баста шуд",
    ),
    (
        "ru",
        "Мигрантов депортировали из России",
        "uz",
        "Migrantlar Rossiyadan deportatsiya qilindi",
    ),
    (
        "fa",
        "انفجار در مسجد: ده‌ها کشته و زخمی",
        "uz",
        "Masjidda portlash: oʻnlab odam halok boʻldi va yaralandi",
    ),
    (
        "fa",
        "بازگشت پناهندگان از ایران و پاکستان",
        "uz",
        "Qochqinlarning Eron va Pokistondan qaytishi",
    ),
    (
        "fa",
        "بانک مرکزی نرخ ارز را اعلام کرد",
        "uz",
        "Markaziy bank valyuta kursini eʼlon qildi",
    ),
    (
        "fa",
        "زلزله خانه‌ها را ویران کرد",
        "tg",
        "Заминларза хонаҳоро вайрон кард",
    ),
    (
        "tg",
        "Боздошти рӯзноманигор ва эътирози созмонҳои ҳуқуқи башар",
        "fa",
        "بازداشت روزنامه‌نگار و اعتراض سازمان‌های حقوق بشر",
    ),
    (
        "tg",
        "Сафири Чин бо вазири корҳои хориҷӣ мулоқот кард",
        "fa",
        "سفیر چین با وزیر امور خارجه دیدار کرد",
    ),
    (
        "tg",
        "Обхезӣ пулҳоро вайрон кард",
        "fa",
        "سیلاب پل‌ها را تخریب کرد",
    ),
    (
        "ps",
        "زلزلې لسګونه کورونه ویجاړ کړل",
        "en",
        "Earthquake destroys dozens of houses",
    ),
    (
        "ps",
        "طالبانو د نجونو ښوونځي وتړل",
        "en",
        "Taliban close girls' schools",
    ),
    (
        "ps",
        "د کډوالو راستنېدل له پاکستان څخه",
        "en",
        "Return of refugees from Pakistan",
    ),
    (
        "ps",
        "په پوله نښته: دوه سرتېري ووژل شول",
        "en",
        "Clash at border: two soldiers killed",
    ),
    (
        "tr",
        "Deprem bölgesinde arama kurtarma çalışmaları sürüyor",
        "az",
        "Zəlzələ bölgəsində axtarış və xilas işləri davam edir",
    ),
    (
        "tr",
        "Cumhurbaşkanı enerji anlaşmasını imzaladı",
        "az",
        "Prezident enerji sazişini imzaladı",
    ),
    (
        "tr",
        "Enflasyon arttı, merkez bankası faizi yükseltti",
        "az",
        "İnflyasiya artdı, mərkəzi bank faizi yüksəltdi",
    ),
    (
        "tr",
        "Orman yangını turistik bölgeyi tehdit ediyor",
        "az",
        "Meşə yanğını turizm bölgəsini təhdid edir",
    ),
    (
        "zh",
        "警方逮捕毒品走私嫌犯",
        "en",
        "Police arrest drug smuggling suspects",
    ),
    (
        "zh",
        "外交部长会见大使",
        "en",
        "Foreign minister meets ambassador",
    ),
    (
        "zh",
        "铁路隧道建设开始",
        "en",
        "Construction of railway tunnel begins",
    ),
    (
        "ky",
        "Шайлоодо добуш берүү башталды",
        "kk",
        "Сайлауда дауыс беру басталды",
    ),
    (
        "ky",
        "Чек арада атышуу: жоокерлер жарадар болду",
        "kk",
        "Шекарада атыс: сарбаздар жараланды",
    ),
    (
        "ky",
        "Мугалимдердин айлыгы көбөйөт",
        "kk",
        "Мұғалімдердің жалақысы көбейеді",
    ),
    (
        "tk",
        "Gaz geçiriji gurluşygy başlandy",
        "tr",
        "Doğalgaz boru hattı inşaatı başladı",
    ),
    (
        "tk",
        "Prezident parlament saýlawlaryny yglan etdi",
        "tr",
        "Cumhurbaşkanı parlamento seçimini ilan etti",
    ),
    (
        "ar",
        "زلزال يقتل العشرات ويدمر المنازل",
        "fr",
        "Un séisme tue des dizaines de personnes et détruit des maisons",
    ),
    (
        "ar",
        "مقتل جنود في هجوم على قاعدة عسكرية",
        "fr",
        "Des soldats tués dans l'attaque d'une base militaire",
    ),
    (
        "ug",
        "يەر تەۋرەشتە ئونلىغان ئۆي ۋەيران بولدى، قۇتقۇزغۇچىلار يارىدارلارنى دوختۇرخانىغا ئەۋەتتى",
        "en",
        "Earthquake destroys dozens of houses, rescuers send the injured to hospital",
    ),
    (
        "ug",
        "پرېزىدېنت پارلامېنت سايلىمى توغرىسىدىكى پەرمانغا ئىمزا قويدى",
        "ru",
        "Президент подписал указ о выборах в парламент",
    ),
    (
        "ug",
        "ساقچىلار ئەتكەسچىلەرنى قولغا ئالدى",
        "zh",
        "警方逮捕走私犯",
    ),
    (
        "mn",
        "Үерийн улмаас гүүр, зам эвдэрч, оршин суугчдыг нүүлгэн шилжүүлжээ",
        "en",
        "Flood destroys bridge and road, residents evacuated",
    ),
    (
        "mn",
        "Шүүх сайд асныг авлигын хэргээр хорих ял оноолоо",
        "ru",
        "Суд приговорил бывшего министра к тюрьме за коррупцию",
    ),
    (
        "mn",
        "Гадаад харилцааны сайд элчин сайдыг хүлээн авч уулзлаа",
        "zh",
        "外交部长会见大使",
    ),
    (
        "ur",
        "مسجد میں دھماکہ، درجنوں افراد ہلاک اور زخمی",
        "fa",
        "انفجار در مسجد: ده‌ها کشته و زخمی",
    ),
    (
        "ur",
        "طالبان نے لڑکیوں کے سکول بند کر دیے",
        "ps",
        "طالبانو د نجونو ښوونځي وتړل",
    ),
    (
        "ur",
        "مرکزی بینک نے شرح سود کا اعلان کیا",
        "en",
        "Central bank announces interest rate",
    ),
    (
        "tt",
        "Полиция журналистны митингтан соң тоткарлады",
        "en",
        "Police arrest journalist after protest",
    ),
    (
        "tt",
        "Президент газ торбасы төзү турында килешүгә имза куйды",
        "tr",
        "Cumhurbaşkanı doğalgaz boru hattı inşaatı anlaşmasını imzaladı",
    ),
    (
        "tt",
        "Урман янгыны авылларга куркыныч яный",
        "ru",
        "Лесной пожар угрожает селам",
    ),
];

#[test]
fn translations_share_most_concepts() {
    assert!(PAIRS.len() >= 40);
    let (mut shared, mut all) = (0, 0);
    for (one, text, other, translation) in PAIRS {
        let left: BTreeSet<_> = names(text, one).into_iter().collect();
        let right: BTreeSet<_> = names(translation, other).into_iter().collect();
        let common = left.intersection(&right).count();
        assert!(common > 0, "{text} {left:?} {right:?}");
        shared += common;
        all += left.union(&right).count();
    }
    assert!(shared * 100 >= all * 60, "{shared} of {all}");
}

#[test]
fn every_language_of_the_files_is_read() {
    for language in LANGUAGES {
        assert!(lexicon("", language).is_some(), "{language}");
    }
    for written in &WRITTEN {
        assert!(
            !stems::read_stems(written).is_empty(),
            "{}",
            written.language
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}", language in prop::sample::select(LANGUAGES.to_vec())) {
        let folded = fold(&text);
        let found = concepts(&folded, language);
        prop_assert!(found.iter().all(|concept| usize::from(concept.id) < len()));
        prop_assert!(found.iter().all(|concept| (concept.first as usize) < folded.len()));
        prop_assert!(found.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
