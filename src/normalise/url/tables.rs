//! The tables behind [`super::canonical`], and the questions that are asked of them. Not the order of
//! the rules, which is the parent's.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Parameters that say how a reader came, not which page it is.
pub(super) struct Tracking {
    exact: HashMap<&'static str, Vec<ParameterRule>>,
    prefixes: Vec<(&'static str, ParameterRule)>,
}

struct ParameterRule {
    /// Values that the rule is for; a trailing `*` makes one a prefix. Empty: any value.
    values: Vec<&'static str>,
    /// The domain that the rule is for; empty: any.
    domain: &'static str,
}

/// `data/tracking.tsv`.
pub(super) static TRACKING: LazyLock<Tracking> =
    LazyLock::new(|| Tracking::read(include_str!("../data/tracking.tsv")));

impl Tracking {
    fn read(table: &'static str) -> Self {
        let mut tracking = Self {
            exact: HashMap::new(),
            prefixes: Vec::new(),
        };
        for [name, values, domain] in rows(table) {
            let values = match values {
                "*" => Vec::new(),
                list => list.split('|').collect(),
            };
            let domain = if domain == "*" { "" } else { domain };
            let rule = ParameterRule { values, domain };
            match name.strip_suffix('*') {
                Some(prefix) => tracking.prefixes.push((prefix, rule)),
                None => tracking.exact.entry(name).or_default().push(rule),
            }
        }
        tracking
    }

    /// Whether the parameter is one of them; `name` and `value` as escaped, `host` folded.
    pub(super) fn knows(&self, name: &str, value: &str, host: &str) -> bool {
        let name = lower(name);
        let value = lower(value);
        let exact = self.exact.get(name.as_ref()).into_iter().flatten();
        let prefixed = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| name.starts_with(prefix))
            .map(|(_, rule)| rule);
        exact
            .chain(prefixed)
            .any(|rule| rule.holds_for(&value, host))
    }
}

impl ParameterRule {
    fn holds_for(&self, value: &str, host: &str) -> bool {
        let value_fits = self.values.is_empty()
            || self
                .values
                .iter()
                .any(|known| match known.strip_suffix('*') {
                    Some(prefix) => value.starts_with(prefix),
                    None => *known == value,
                });
        value_fits && (self.domain.is_empty() || belongs(host, self.domain))
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn belongs(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// What is known of one site's addresses.
#[derive(Debug)]
pub(super) struct HostRule {
    pub(super) fold: Fold,
    pub(super) argument: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fold {
    /// The same pages under another host.
    Alias,
    /// A first path segment that means nothing.
    Drop,
    /// Only the number in the last segment is the identity.
    Number,
    /// A path and the parameter that holds the real address.
    Redirect,
}

/// Rules by host or registrable domain.
pub(super) struct Hosts(HashMap<&'static str, Vec<HostRule>>);

/// `data/hosts.tsv`.
pub(super) static HOSTS: LazyLock<Hosts> =
    LazyLock::new(|| Hosts::read(include_str!("../data/hosts.tsv")));

impl Hosts {
    fn read(table: &'static str) -> Self {
        let mut hosts: HashMap<_, Vec<_>> = HashMap::new();
        for [host, fold, argument] in rows(table) {
            let fold = match fold {
                "alias" => Fold::Alias,
                "drop" => Fold::Drop,
                "number" => Fold::Number,
                "redirect" => Fold::Redirect,
                other => unreachable!("data/hosts.tsv names no such rule: {other}"),
            };
            hosts
                .entry(host)
                .or_default()
                .push(HostRule { fold, argument });
        }
        Self(hosts)
    }

    /// Rules of the host itself, else of its registrable domain.
    pub(super) fn of(&self, host: &str) -> &[HostRule] {
        self.0
            .get(host)
            .or_else(|| self.0.get(psl::domain_str(host)?))
            .map_or(&[], Vec::as_slice)
    }
}

/// The first three columns of each row of a table; `#` opens a comment line.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = [&'static str; 3]> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut columns = line.split('\t');
            std::array::from_fn(|_| columns.next().unwrap_or_default())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_well_formed() {
        for [name, values, domain] in rows(include_str!("../data/tracking.tsv")) {
            assert_eq!(name, name.to_ascii_lowercase());
            assert!(!values.is_empty() && !domain.is_empty(), "{name}");
        }
        for [host, fold, argument] in rows(include_str!("../data/hosts.tsv")) {
            assert!(!argument.is_empty(), "{host} {fold}");
            assert!(!host.starts_with("www."), "{host} is not in key form");
        }
    }
}
