//! What two articles share, as numbers with names: the only thing that the decision is made from.

use super::features::{CAPITAL, Class, Features, LEAD, Probe, TITLE};

/// Weights below this are of words that any article may have.
const RARE_TERM: f32 = 3.5;
const VERY_RARE_TERM: f32 = 4.5;
const RARE_NAME: f32 = 4.0;
/// Days between two articles of which one has no date.
const DAYS_UNKNOWN: f32 = 0.5;
/// Words at which brevity is one half.
const BRIEF_WORDS: f32 = 50.0;

macro_rules! signals {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The signals. Similarities are 0 to 1 unless said otherwise; masses are sums of inverse
        /// document frequencies in natural logarithms.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Signals { $($(#[$doc])* pub $name: f32,)* }

        impl Signals {
            /// Names in the order of [`values`](Self::values).
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            pub fn values(&self) -> [f32; Self::NAMES.len()] {
                [$(self.$name),*]
            }
        }
    };
}

signals! {
    /// Cosine of the stems.
    terms,
    /// Cosine of the stems of title and lead.
    lead,
    /// Cosine of the stems of the titles.
    title,
    /// Weighted share of one title's stems in the other article, the larger and the smaller.
    title_in_max,
    title_in_min,
    /// Mass of the shared stems.
    term_mass,
    /// The same of rare stems, each counted from where rarity begins.
    rare_mass,
    /// Shared stems that are very rare.
    rare_count,
    /// Cosine of one title and the other's lead, the larger and the smaller.
    title_lead_max,
    title_lead_min,
    /// Cosine of the name keys of all words.
    keys,
    /// Cosine of the name keys of words with a capital letter.
    names,
    /// Cosine of the name keys of the titles.
    title_keys,
    /// Mass of the shared keys of words with a capital letter.
    name_mass,
    /// Mass of rare shared keys, each counted from where rarity begins.
    rare_names,
    /// Weighted share of one title's keys in the other article, the larger and the smaller.
    title_keys_max,
    title_keys_min,
    /// Weighted share of the poorer article's names in the other.
    name_share,
    /// Cosine of the numbers.
    numbers,
    number_mass,
    /// Share of the numbers of the article with fewer of them that the other does not have.
    number_conflict,
    /// Titles, of those with numbers, none of whose numbers the other article has: 0, 1/2 or 1.
    title_number_conflict,
    /// Cosine of the days that are named.
    dates,
    date_mass,
    /// 1 where both titles name days and none in common, 1/2 where titles and leads do.
    date_conflict,
    /// Cosine of places, people and bodies.
    entities,
    entity_mass,
    /// Weighted share of the poorer article's entities in the other.
    entity_share,
    /// Cosine of the concepts.
    concepts,
    concept_mass,
    /// Mass of shared concepts that stand in a title.
    concept_title_mass,
    concept_share,
    /// Cosine of the countries.
    countries,
    /// 1 where both are about countries, but about none in common.
    country_conflict,
    /// 1 where both are of one outlet, which seldom tells a story twice.
    one_outlet,
    /// Words of the shorter by words of the longer.
    length_ratio,
    /// 1 for an article of no words, 0 for an endless one.
    brevity,
    /// Both articles have numbers, entities, concepts, days: without, their absence says nothing.
    both_numbers,
    both_entities,
    both_concepts,
    both_dates,
    /// Days between them.
    days,
}

impl Signals {
    /// Compares a later article with an earlier one. `hours` is the time between them, if known.
    pub(super) fn between(probe: &Probe, b: &Features, hours: Option<f32>) -> Self {
        let a = probe.features;
        let mut signals = Self {
            days: hours.map_or(DAYS_UNKNOWN, |hours| hours / 24.0),
            ..Self::default()
        };
        signals.of_terms(probe, b);
        signals.of_keys(probe, b);
        signals.of_numbers(probe, b);
        signals.of_days(probe, b);
        signals.of_entities(probe, b);
        signals.of_concepts(probe, b);
        let mut countries = 0.0;
        probe.each_shared(b, Class::Countries, |x, y| {
            countries += x.weight() * y.weight()
        });
        signals.countries = ratio(countries, a.sums.countries * b.sums.countries);
        let both = !a.of(Class::Countries).is_empty() && !b.of(Class::Countries).is_empty();
        signals.country_conflict = f32::from(both && countries == 0.0);
        signals.one_outlet = f32::from(a.outlet != 0 && a.outlet == b.outlet);
        let (fewer, more) = (a.words.min(b.words), a.words.max(b.words));
        signals.length_ratio = ratio(f32::from(fewer), f32::from(more));
        signals.brevity = 1.0 / (1.0 + f32::from(fewer) / BRIEF_WORDS);
        signals
    }

    fn of_terms(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let (mut dot, mut lead, mut title, mut a_title_b_lead, mut b_title_a_lead) =
            (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut a_title_in_b, mut b_title_in_a) = (0.0, 0.0);
        probe.each_shared(other, Class::Terms, |x, y| {
            let (u, v) = (x.idf(), y.idf());
            let least = u.min(v);
            dot += x.weight() * y.weight();
            self.term_mass += least;
            self.rare_mass += (least - RARE_TERM).max(0.0);
            self.rare_count += f32::from(least > VERY_RARE_TERM);
            let product = u * v;
            lead += if x.is_in(LEAD) && y.is_in(LEAD) {
                product
            } else {
                0.0
            };
            title += if x.is_in(TITLE) && y.is_in(TITLE) {
                product
            } else {
                0.0
            };
            if x.is_in(TITLE) {
                a_title_in_b += u;
                a_title_b_lead += if y.is_in(LEAD) { product } else { 0.0 };
            }
            if y.is_in(TITLE) {
                b_title_in_a += v;
                b_title_a_lead += if x.is_in(LEAD) { product } else { 0.0 };
            }
        });
        self.terms = ratio(dot, a.terms * b.terms);
        self.lead = ratio(lead, a.terms_lead * b.terms_lead);
        self.title = ratio(title, a.terms_title * b.terms_title);
        let of_a = ratio(a_title_in_b, a.terms_title_mass);
        let of_b = ratio(b_title_in_a, b.terms_title_mass);
        (self.title_in_max, self.title_in_min) = (of_a.max(of_b), of_a.min(of_b));
        let of_a = ratio(a_title_b_lead, a.terms_title * b.terms_lead);
        let of_b = ratio(b_title_a_lead, b.terms_title * a.terms_lead);
        (self.title_lead_max, self.title_lead_min) = (of_a.max(of_b), of_a.min(of_b));
    }

    fn of_keys(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let (mut dot, mut names, mut title, mut of_a, mut of_b) = (0.0, 0.0, 0.0, 0.0, 0.0);
        probe.each_shared(other, Class::Keys, |x, y| {
            let (u, v) = (x.idf(), y.idf());
            let least = u.min(v);
            dot += x.weight() * y.weight();
            self.rare_names += (least - RARE_NAME).max(0.0);
            if x.is_in(CAPITAL) && y.is_in(CAPITAL) {
                names += x.weight() * y.weight();
                self.name_mass += least;
            }
            title += if x.is_in(TITLE) && y.is_in(TITLE) {
                u * v
            } else {
                0.0
            };
            of_a += if x.is_in(TITLE) { u } else { 0.0 };
            of_b += if y.is_in(TITLE) { v } else { 0.0 };
        });
        self.keys = ratio(dot, a.keys * b.keys);
        self.names = ratio(names, a.keys_capital * b.keys_capital);
        self.title_keys = ratio(title, a.keys_title * b.keys_title);
        let (of_a, of_b) = (
            ratio(of_a, a.keys_title_mass),
            ratio(of_b, b.keys_title_mass),
        );
        (self.title_keys_max, self.title_keys_min) = (of_a.max(of_b), of_a.min(of_b));
        self.name_share = ratio(self.name_mass, a.keys_capital_mass.min(b.keys_capital_mass));
    }

    fn of_numbers(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let mut shared = 0_usize;
        let mut dot = 0.0;
        let (mut of_a, mut of_b) = (false, false);
        probe.each_shared(other, Class::Numbers, |x, y| {
            shared += 1;
            of_a |= x.is_in(TITLE);
            of_b |= y.is_in(TITLE);
            dot += x.weight() * y.weight();
            self.number_mass += x.idf().min(y.idf());
        });
        self.numbers = ratio(dot, a.numbers * b.numbers);
        let fewer = probe
            .features
            .of(Class::Numbers)
            .len()
            .min(other.of(Class::Numbers).len());
        self.both_numbers = f32::from(fewer > 0);
        if fewer > 0 {
            self.number_conflict = 1.0 - shared as f32 / fewer as f32;
            let conflict = |title: f32, is_met: bool| f32::from(title > 0.0 && !is_met) / 2.0;
            self.title_number_conflict =
                conflict(a.numbers_title, of_a) + conflict(b.numbers_title, of_b);
        }
    }

    fn of_days(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let (mut dot, mut is_met, mut is_title_met) = (0.0, false, false);
        probe.each_shared(other, Class::Days, |x, y| {
            dot += x.weight() * y.weight();
            self.date_mass += x.idf().min(y.idf());
            is_met |= x.is_in(LEAD) || y.is_in(LEAD);
            is_title_met |= x.is_in(TITLE) || y.is_in(TITLE);
        });
        self.dates = ratio(dot, a.days * b.days);
        self.both_dates = f32::from(a.days > 0.0 && b.days > 0.0);
        let both_titles = a.days_title > 0.0 && b.days_title > 0.0;
        let both_leads = a.days_lead > 0.0 && b.days_lead > 0.0;
        self.date_conflict = if both_titles && !is_title_met {
            1.0
        } else if both_leads && !is_met {
            0.5
        } else {
            0.0
        };
    }

    fn of_entities(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let mut dot = 0.0;
        probe.each_shared(other, Class::Entities, |x, y| {
            dot += x.weight() * y.weight();
            self.entity_mass += x.idf().min(y.idf());
        });
        self.entities = ratio(dot, a.entities * b.entities);
        self.entity_share = ratio(self.entity_mass, a.entities_mass.min(b.entities_mass));
        self.both_entities = f32::from(
            !probe.features.of(Class::Entities).is_empty() && !other.of(Class::Entities).is_empty(),
        );
    }

    fn of_concepts(&mut self, probe: &Probe, other: &Features) {
        let (a, b) = (&probe.features.sums, &other.sums);
        let mut dot = 0.0;
        probe.each_shared(other, Class::Concepts, |x, y| {
            dot += x.weight() * y.weight();
            let least = x.idf().min(y.idf());
            self.concept_mass += least;
            self.concept_title_mass += if x.is_in(TITLE) || y.is_in(TITLE) {
                least
            } else {
                0.0
            };
        });
        self.concepts = ratio(dot, a.concepts * b.concepts);
        self.concept_share = ratio(self.concept_mass, a.concepts_mass.min(b.concepts_mass));
        self.both_concepts = f32::from(
            !probe.features.of(Class::Concepts).is_empty() && !other.of(Class::Concepts).is_empty(),
        );
    }
}

fn ratio(part: f32, whole: f32) -> f32 {
    if whole > 0.0 {
        (part / whole).min(1.0)
    } else {
        0.0
    }
}
