//! Names of authors out of the many ways to write them.

/// The name in `mail (Name)`, `Name <mail>`, `Name (mail)`, or the whole text; the local part of an
/// address that stands alone is nobody's name, so the address stays.
pub(super) fn name(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let is_mail = |text: &str| text.contains('@') && !text.contains(char::is_whitespace);
    let name = split_last(raw, '(', ')')
        .or_else(|| split_last(raw, '<', '>'))
        .map_or(raw, |(before, inside)| {
            match (is_mail(before), is_mail(inside)) {
                (true, false) if !inside.is_empty() => inside,
                (false, true) if !before.is_empty() => before,
                (true, _) => before,
                _ => raw,
            }
        });
    let name = name.strip_prefix("mailto:").unwrap_or(name);
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | ';'));
    (!name.is_empty()).then(|| name.to_owned())
}

/// `before (inside)` in its two parts.
fn split_last(raw: &str, open: char, close: char) -> Option<(&str, &str)> {
    let (before, inside) = raw.strip_suffix(close)?.rsplit_once(open)?;
    Some((before.trim(), inside.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        assert_eq!(name(raw).as_deref(), expected, "{raw}");
    }

    #[test]
    fn finds_the_name() {
        check("a@b.kz (Айгуль Сейтова)", Some("Айгуль Сейтова"));
        check("Aigul <a@b.kz>", Some("Aigul"));
        check("Aigul (a@b.kz)", Some("Aigul"));
        check(" Редакция (Алматы) ", Some("Редакция (Алматы)"));
        check("a@b.kz", Some("a@b.kz"));
        check("a@b.kz ()", Some("a@b.kz"));
        check("mailto:a@b.kz", Some("a@b.kz"));
        check("  ", None);
    }
}
