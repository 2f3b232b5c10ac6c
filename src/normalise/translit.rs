//! The same language in another of its scripts, by table.
//!
//! Deterministic and letter by letter, for match keys and for reading: spelling that only a
//! dictionary knows (Uzbek ц in `sirk`, short vowels of Tajik in Arabic script) is not restored, so
//! a way there and back may change a word. Text in other scripts, digits and punctuation pass
//! through. Not for names of other languages: `names` has keys for those.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A language with the script that it comes in and the script that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// To the Latin alphabet of 1995.
    UzbekCyrlLatn,
    UzbekLatnCyrl,
    /// To the draft alphabet of 2021, which is not in force: uncertain, and и, й are one letter.
    KazakhCyrlLatn,
    KazakhLatnCyrl,
    /// To the Latin script of the state agency's site and of Wikipedia (ы as ı, у as w, и as ï).
    KazakhCyrlLatnAgency,
    /// Töte jazu, as in China: a hamza before the word says that its vowels are front.
    KazakhCyrlArab,
    KazakhArabCyrl,
    /// Vowels as Persian spelling has them: short ones inside a word are not written.
    TajikCyrlArab,
    /// BGN/PCGN 1994.
    TajikCyrlLatn,
    TurkmenCyrlLatn,
    TurkmenLatnCyrl,
    AzerbaijaniCyrlLatn,
    AzerbaijaniLatnCyrl,
    /// To the alphabet of 2016 (á ǵ ı ń ó ú).
    KarakalpakCyrlLatn,
    /// From the alphabet of 2016 and that of 1995 (a' g' n' o' u').
    KarakalpakLatnCyrl,
    /// To Uyghur Latin Yéziqi.
    UyghurArabLatn,
    /// As in Kazakhstan.
    UyghurArabCyrl,
}

/// Writes `text` in the other script of `pair`. Upper and lower case are kept where the wanted
/// script has them.
pub fn transliterate(text: &str, pair: Pair) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c| is_word(c) != is_word(first))
            .unwrap_or(rest.len());
        let (chunk, tail) = rest.split_at(end);
        if is_word(first) {
            push_word(chunk, pair, &mut out);
        } else {
            out.push_str(chunk);
        }
        rest = tail;
    }
    out
}

/// Letters, and the signs that these alphabets count as part of one.
fn is_word(c: char) -> bool {
    c.is_alphabetic() || is_apostrophe(c) || c == HAMZA
}

fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{2BB}' | '\u{2BC}'
    )
}

const HAMZA: char = 'ء';

/// The tables, as people edit them; the file says how to read it.
static TABLES: LazyLock<HashMap<&'static str, Table>> =
    LazyLock::new(|| read_tables(include_str!("data/translit.txt")));

fn push_word(word: &str, pair: Pair, out: &mut String) {
    let Some(table) = TABLES.get(format!("{pair:?}").as_str()) else {
        return out.push_str(word);
    };
    match pair {
        Pair::KazakhCyrlArab => table.push_kazakh_arab(word, out),
        Pair::KazakhArabCyrl => table.push_kazakh_cyrl(word, out),
        _ => table.push_word(word, out),
    }
}

fn read_tables(file: &'static str) -> HashMap<&'static str, Table> {
    let mut tables = HashMap::new();
    for section in file.split("\n[").skip(1) {
        let Some((name, rules)) = section.split_once(']') else {
            continue;
        };
        let mut table = Table {
            rules: HashMap::new(),
            has_dotless_i: rules.contains('ı'),
        };
        for rule in rules.split_whitespace().filter_map(Rule::read) {
            let first = rule.pattern.chars().next().unwrap_or_default();
            table.rules.entry(first).or_default().push(rule);
        }
        tables.insert(name, table);
    }
    tables
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    WordStart,
    AfterVowel,
}

struct Rule {
    place: Place,
    pattern: &'static str,
    is_word_end: bool,
    written: &'static str,
}

impl Rule {
    fn read(rule: &'static str) -> Option<Self> {
        let (pattern, written) = rule.split_once('=')?;
        let (place, pattern) = match pattern.split_at_checked(1) {
            Some(("^", pattern)) => (Place::WordStart, pattern),
            Some(("@", pattern)) => (Place::AfterVowel, pattern),
            _ => (Place::Anywhere, pattern),
        };
        let stripped = pattern.strip_suffix('$');
        let pattern = stripped.unwrap_or(pattern);
        Some(Self {
            place,
            pattern,
            is_word_end: stripped.is_some(),
            written,
        })
    }
}

struct Table {
    /// By the first letter of the pattern, in the order of the file.
    rules: HashMap<char, Vec<Rule>>,
    /// Whether the Latin side tells i (capital İ) from ı (capital I).
    has_dotless_i: bool,
}

impl Table {
    fn push_word(&self, word: &str, out: &mut String) {
        let mut rest = word;
        let mut before = None;
        while let Some(first) = rest.chars().next() {
            let rules = self
                .rules
                .get(&self.lowered(first))
                .map_or(&[][..], Vec::as_slice);
            let found = rules
                .iter()
                .find_map(|rule| Some((self.fit(rest, before, rule)?, rule.written)));
            let (source, tail) = rest.split_at(found.map_or(first.len_utf8(), |(read, _)| read));
            match found {
                Some((_, written)) => {
                    self.push_cased(source, written, tail.chars().next().or(before), out)
                }
                None => out.push(first),
            }
            before = source.chars().next_back();
            rest = tail;
        }
    }

    /// How many bytes of `rest` the rule reads, if it fits there.
    fn fit(&self, rest: &str, before: Option<char>, rule: &Rule) -> Option<usize> {
        let is_placed = match rule.place {
            Place::Anywhere => true,
            Place::WordStart => before.is_none(),
            Place::AfterVowel => before.is_some_and(|c| is_vowel(self.lowered(c))),
        };
        let mut source = rest.chars();
        let fits = is_placed
            && rule
                .pattern
                .chars()
                .all(|p| source.next().is_some_and(|c| self.lowered(c) == p));
        let tail = source.as_str();
        (fits && (tail.is_empty() || !rule.is_word_end)).then(|| rest.len() - tail.len())
    }

    fn lowered(&self, c: char) -> char {
        match c {
            _ if is_apostrophe(c) => '\'',
            'I' if self.has_dotless_i => 'ı',
            'İ' => 'i',
            _ => c.to_lowercase().next().unwrap_or(c),
        }
    }

    /// `written` with the case of `source`: a capital beside another one capitalises all of it.
    fn push_cased(&self, source: &str, written: &str, neighbour: Option<char>, out: &mut String) {
        let mut letters = source.chars().filter(|c| c.is_alphabetic());
        if !letters.next().is_some_and(char::is_uppercase) {
            return out.push_str(written);
        }
        let is_shouted = letters.next().or(neighbour).is_some_and(char::is_uppercase);
        for (at, c) in written.chars().enumerate() {
            match c {
                'i' if self.has_dotless_i && (at == 0 || is_shouted) => out.push('İ'),
                _ if at == 0 || is_shouted => out.extend(c.to_uppercase()),
                _ => out.push(c),
            }
        }
    }

    /// Vowels are front in a word with ә, ө, ү or і; к, г and е say so without a hamza.
    fn push_kazakh_arab(&self, word: &str, out: &mut String) {
        let has = |letters: &str| word.chars().any(|c| letters.contains(self.lowered(c)));
        if has("әөүі") && !has("кге") {
            out.push(HAMZA);
        }
        self.push_word(word, out);
    }

    fn push_kazakh_cyrl(&self, word: &str, out: &mut String) {
        let is_front = word.contains([HAMZA, 'ە', 'ك', 'گ', 'ک']);
        let start = out.len();
        self.push_word(word, out);
        if is_front {
            let fronted: String = out[start..].chars().map(fronted).collect();
            out.replace_range(start.., &fronted);
        }
    }
}

fn fronted(vowel: char) -> char {
    match vowel {
        'а' => 'ә',
        'о' => 'ө',
        'ұ' => 'ү',
        'ы' => 'і',
        _ => vowel,
    }
}

fn is_vowel(lower: char) -> bool {
    "aeiouyäöüəıáóúūаеёиоуыэюяәөүұіўӣӯ".contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words of one script and the same words in the other, both separated by spaces.
    fn check(pair: Pair, input: &str, expected: &str) {
        assert_eq!(transliterate(input, pair), expected, "{pair:?}");
    }

    #[test]
    fn uzbek() {
        let cyrl = "Ўзбекистон Тошкент Самарқанд Фарғона Бухоро президент ҳукумат қонун йўл элчи бозор ёмғир юз яна \
                    маъно поэма конституция шаҳар чегара ғалаба ер";
        let latn = "Oʻzbekiston Toshkent Samarqand Fargʻona Buxoro prezident hukumat qonun yoʻl elchi bozor yomgʻir yuz yana \
                    maʼno poema konstitutsiya shahar chegara gʻalaba yer";
        check(Pair::UzbekCyrlLatn, cyrl, latn);
        check(Pair::UzbekLatnCyrl, latn, cyrl);
        check(
            Pair::UzbekCyrlLatn,
            "цирк поезд ТОШКЕНТ ЮНЕСКО Шўро",
            "sirk poyezd TOSHKENT YUNESKO Shoʻro",
        );
        check(
            Pair::UzbekLatnCyrl,
            "O'zbek O’zbek O‘zbek O`zbek Is'hoq",
            "Ўзбек Ўзбек Ўзбек Ўзбек Исҳоқ",
        );
    }

    #[test]
    fn kazakh_latin() {
        let cyrl = "Қазақстан Алматы Шымкент үкімет президент қала өзен ғалым әкім ұлттық теңге жол сот заң мектеп тіл \
                    халық ел бала дәрігер";
        let draft = "Qazaqstan Almaty Şymkent ükımet prezident qala özen ğalym äkım ūlttyq teñge jol sot zañ mektep tıl \
                     halyq el bala därıger";
        check(Pair::KazakhCyrlLatn, cyrl, draft);
        check(Pair::KazakhLatnCyrl, draft, cyrl);
        check(
            Pair::KazakhCyrlLatnAgency,
            "Қытай еліндегі жазу дауыссыз кино",
            "Qıtay elindegi jazw dawıssız kïno",
        );
        check(Pair::KazakhCyrlLatn, "ІЛЕ Іле Иран", "ILE Ile İran");
    }

    #[test]
    fn kazakh_arabic() {
        let cyrl = "қазақ қала үкімет мемлекет тіл әкім өзен ұлт жол сот заң мектеп ел бала дәрігер ғалым халық күн су той";
        let arab = "قازاق قالا ۇكىمەت مەملەكەت ءتىل اكىم وزەن ۇلت جول سوت زاڭ مەكتەپ ەل بالا دارىگەر عالىم حالىق كۇن سۋ توي";
        check(Pair::KazakhCyrlArab, cyrl, arab);
        check(Pair::KazakhArabCyrl, arab, cyrl);
    }

    #[test]
    fn tajik() {
        let cyrl = "Тоҷикистон Душанбе Хуҷанд Кӯлоб ҳукумат вазир ҷумҳурӣ озодӣ шаҳр қонун ғалаба хона роҳ забон мардум чашм \
                    ёрӣ юнонӣ Эрон маънӣ";
        let latn = "Tojikiston Dushanbe Khujand Kŭlob hukumat vazir jumhurí ozodí shahr qonun ghalaba khona roh zabon mardum \
                    chashm yorí yunoní Eron maʼní";
        check(Pair::TajikCyrlLatn, cyrl, latn);
        let cyrl = "озодӣ хона роҳ забон мардум вазир шаҳр қонун Эрон китоб бозор дӯст дарё об нон баҳор модар падар кор дунё";
        let arab = "آزادی خانه راه زبان مردم وزر شهر قانن ایران کتاب بازار دوست دریا آب نان بهار مادر پدر کار دنیا";
        check(Pair::TajikCyrlArab, cyrl, arab);
    }

    #[test]
    fn turkmen() {
        let cyrl = "Түркменистан Ашгабат дөвлет президент халк йыл гүн җемгыет мекдеп шәхер яш ёл юрт ер ене иш өй үчин ңаң \
                    чөрек этмек";
        let latn = "Türkmenistan Aşgabat döwlet prezident halk ýyl gün jemgyýet mekdep şäher ýaş ýol ýurt ýer ýene iş öý üçin ňaň \
                    çörek etmek";
        check(Pair::TurkmenCyrlLatn, cyrl, latn);
        check(Pair::TurkmenLatnCyrl, latn, cyrl);
    }

    #[test]
    fn azerbaijani() {
        let cyrl = "Азәрбајҹан Бакы Ирәван дөвләт президент халг һөкумәт мәктәб шәһәр јол гызыл ҝүн чај өлкә үмид ҹаван ишчи ил \
                    Исмајыл Ыргы дағ";
        let latn = "Azərbaycan Bakı İrəvan dövlət prezident xalq hökumət məktəb şəhər yol qızıl gün çay ölkə ümid cavan işçi il \
                    İsmayıl Irqı dağ";
        check(Pair::AzerbaijaniCyrlLatn, cyrl, latn);
        check(Pair::AzerbaijaniLatnCyrl, latn, cyrl);
    }

    #[test]
    fn karakalpak() {
        let cyrl = "Қарақалпақстан Нөкис ҳүкимет президент халық мәмлекет нызам мектеп қала жол таўлар суў ўақыт ғалаба жаңа \
                    өз үй әке ҳәм шегара";
        let latn = "Qaraqalpaqstan Nókis húkimet prezident xalıq mámleket nızam mektep qala jol tawlar suw waqıt ǵalaba jańa \
                    óz úy áke hám shegara";
        check(Pair::KarakalpakCyrlLatn, cyrl, latn);
        check(Pair::KarakalpakLatnCyrl, latn, cyrl);
        check(
            Pair::KarakalpakLatnCyrl,
            "No'kis jan'a ha'm u'y g'alaba",
            "Нөкис жаңа ҳәм үй ғалаба",
        );
    }

    #[test]
    fn uyghur() {
        let arab = "ئۇيغۇر ئاپتونوم رايون خەلق ھۆكۈمەت مەكتەپ شەھەر يول تىل كىتاب ئۆي ئۈچۈن ئىش يېڭى چوڭ جۇڭگو ژۇرنال غەلبە قانۇن ۋاقىت";
        let latn = "uyghur aptonom rayon xelq hökümet mektep sheher yol til kitab öy üchün ish yéngi chong junggo zhurnal ghelbe qanun waqit";
        let cyrl = "уйғур аптоном район хәлқ һөкүмәт мәктәп шәһәр йол тил китаб өй үчүн иш йеңи чоң җуңго журнал ғәлбә қанун вақит";
        check(Pair::UyghurArabLatn, arab, latn);
        check(Pair::UyghurArabCyrl, arab, cyrl);
        check(
            Pair::UyghurArabLatn,
            "جەمئىيەت باشلانغۇچ",
            "jem'iyet bashlan'ghuch",
        );
    }

    #[test]
    fn what_is_not_in_the_table_passes_through() {
        check(
            Pair::UzbekCyrlLatn,
            "BBC: 24 ноябрь, «Дарё» №5!",
            "BBC: 24 noyabr, «Daryo» №5!",
        );
    }

    #[test]
    fn every_pair_has_its_table() {
        assert_eq!(TABLES.len(), 17);
    }

    proptest! {
        #[test]
        fn any_text_can_be_written_in_another_script(text in any::<String>()) {
            transliterate(&text, Pair::UzbekLatnCyrl);
            transliterate(&text, Pair::KazakhArabCyrl);
            transliterate(&text, Pair::KazakhCyrlArab);
        }
    }
}
