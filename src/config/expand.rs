//! `${VAR}` and `${file:/path}` in strings, so that a secret can stay in the environment or in a systemd credential.
//!
//! Not here: default values or commands in the braces. Nothing that was filled in may appear in a message: see `Walk::text`.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::walk::Fault;

/// Where variables come from; the process hands in its own environment, a test its own table.
pub type Env<'e> = dyn Fn(&str) -> Option<String> + 'e;

/// A credential is a line or a key; systemd itself stops at 1 MiB for all of them together.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// `${file:${CREDENTIALS_DIRECTORY}/token}` is as deep as it goes.
const DEPTH_MAX: usize = 2;

/// Fills in `text`. A `$${` stands for `${`, every other `$` for itself. One newline at the end of a file is dropped.
pub fn expand<'t>(text: &'t str, dir: &Path, env: &Env) -> Result<Cow<'t, str>, Fault> {
    if text.contains("${") {
        fill(text, dir, env, DEPTH_MAX).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(text))
    }
}

fn fill(text: &str, dir: &Path, env: &Env, depth: usize) -> Result<String, Fault> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, opened) = (&rest[..start], &rest[start + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            filled.push_str(before);
            filled.push_str("${");
            rest = opened;
            continue;
        }
        let end = closing(opened).ok_or_else(|| {
            Fault::new(
                "`${` without its `}`",
                "close it, or write `$${` for the two characters",
            )
        })?;
        filled.push_str(before);
        filled.push_str(&lookup(&opened[..end], dir, env, depth)?);
        rest = &opened[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The place of the brace that closes the one before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn lookup(name: &str, dir: &Path, env: &Env, depth: usize) -> Result<String, Fault> {
    if let Some(path) = name.strip_prefix("file:") {
        if depth == 0 {
            return Err(Fault::new(
                "`${…}` inside `${…}` inside `${…}`",
                "write the path out",
            ));
        }
        return read(&dir.join(fill(path, dir, env, depth - 1)?)).map_err(|reason| {
            Fault::new(
                format!("the file of `${{file:{path}}}` cannot be read: {reason}"),
                "check the path and who may read it",
            )
        });
    }
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !sound {
        return Err(Fault::new(
            "between `${` and `}` stands neither the name of a variable nor a file",
            "write `${NAME}` or `${file:/path}`, or `$${` for the two characters",
        ));
    }
    env(name).ok_or_else(|| {
        Fault::new(
            format!("the environment has no variable `{name}`"),
            "set it, or write `$${` if the two characters are meant",
        )
    })
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("it is larger than {FILE_BYTES_MAX} bytes"));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        let env = |name: &str| (name == "TOKEN").then(|| "s3cret".to_owned());
        let got = expand(text, Path::new("/nowhere"), &env);
        match expected {
            Ok(expected) => assert_eq!(got.expect(text), expected, "{text}"),
            Err(part) => {
                let message = got.expect_err(text).message;
                assert!(message.contains(part), "{text}: {message}");
            }
        }
    }

    #[test]
    fn fills_in() {
        check("plain $ and } and {", Ok("plain $ and } and {"));
        check("a ${TOKEN} b", Ok("a s3cret b"));
        check("${TOKEN}${TOKEN}", Ok("s3crets3cret"));
        check("$${TOKEN}", Ok("${TOKEN}"));
        check("$$ ${TOKEN}", Ok("$$ s3cret"));
        check("${MISSING}", Err("no variable `MISSING`"));
        check("${TOKEN", Err("without its `}`"));
        check("${}", Err("neither the name"));
        check("${file:token}", Err("cannot be read"));
        check("${file:${MISSING}/token}", Err("no variable `MISSING`"));
        check("${file:${file:${file:x}}}", Err("inside"));
    }
}
