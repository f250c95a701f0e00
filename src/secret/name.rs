//! Names under which secrets stand.

/// Returns whether a name is that of something to keep to oneself: what rules judge by.
pub fn is_secret_name(name: &str) -> bool {
    if !has_stem(name) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    let mut words = upper.split('_');
    let is_public = ["PUBLIC", "PUBLISHABLE", "SITE", "FILE", "PATH", "URL", "TTL", "EXPIRE", "MINUTES", "ALGORITHM"];
    if upper.split('_').any(|it| is_public.contains(&it)) {
        return false;
    }
    words.any(|it| matches!(it, "SECRET" | "PASSWORD" | "PASSWD" | "TOKEN" | "CREDENTIALS" | "APIKEY"))
        || ["API_KEY", "SECRET_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "ACCESS_KEY", "PRIVATE_KEY", "FERNET_KEY"]
            .iter()
            .any(|it| upper.ends_with(it))
}

/// Words that make a name one of a secret.
const SECRET: &[&str] = &[
    "PASSWORD",
    "PASSWORDS",
    "PASSWD",
    "PASS",
    "PWD",
    "PASSPHRASE",
    "REQUIREPASS",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "APIKEY",
    "AUTHTOKEN",
    "AUTHORIZATION",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "DSN",
    "SALT",
    "BASICAUTH",
];

/// Words in front of `key` that make it one.
const KEYS: &[&str] = &[
    "API",
    "SECRET",
    "PRIVATE",
    "ACCESS",
    "ENCRYPTION",
    "SIGNING",
    "MASTER",
    "ADMIN",
    "AUTH",
    "FERNET",
    "JWT",
    "SSH",
    "HMAC",
    "WEBHOOK",
    "DEPLOY",
    "ACCOUNT",
    "SECRETS",
];

/// Last words of names that say something about a secret, and not what it is.
const ABOUT: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "TTL",
    "EXPIRE",
    "EXPIRES",
    "EXPIRY",
    "EXPIRATION",
    "MINUTES",
    "SECONDS",
    "HOURS",
    "DAYS",
    "ALGORITHM",
    "ALG",
    "NAME",
    "LENGTH",
    "TYPE",
    "PREFIX",
    "HEADER",
    "ENABLED",
    "REQUIRED",
    "COUNT",
    "LIMIT",
    "SIZE",
    "FORMAT",
    "HOST",
    "PORT",
    "VERSION",
];

/// Returns whether what stands under a name may be secret: what is hidden by. It is wider than
/// [`is_secret_name`], since a harmless value that is hidden costs little and a secret that is told costs much.
pub fn may_be_secret(name: &str) -> bool {
    if name.len() > 120 || !has_stem(name) {
        return false;
    }
    let words = words(name);
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(&last.as_str()) || words.iter().any(|it| it == "PUBLIC" || it == "PUBLISHABLE") {
        return false;
    }
    let is_variable = !name.bytes().any(|it| it.is_ascii_lowercase());
    let is_key = |at: usize| match at.checked_sub(1) {
        // In the names of variables a key is nearly always one that opens something.
        Some(before) => is_variable || KEYS.contains(&words[before].as_str()),
        None => false,
    };
    words.iter().enumerate().any(|(at, word)| {
        SECRET.contains(&word.as_str())
            || (matches!(word.as_str(), "KEY" | "KEYS") && is_key(at))
            || (word == "AUTH" && at > 0 && at + 1 == words.len())
    })
}

/// What every word of [`SECRET`], and `KEY` and `AUTH`, has in it. Asked of each name of a repository, nearly all of
/// which have none of them.
const STEMS: &[&str] = &["pass", "pwd", "secret", "token", "key", "auth", "cred", "dsn", "salt"];

/// Returns whether a name has the stem of a word for a secret in it; one that has none is that of no secret.
pub fn has_stem(name: &str) -> bool {
    let bytes = name.as_bytes();
    let is_at = |at: usize| {
        let begins = |it: &&str| bytes[at..].get(..it.len()).is_some_and(|is| is.eq_ignore_ascii_case(it.as_bytes()));
        STEMS.iter().any(begins)
    };
    // Three letters at once rule out nearly every place.
    let may_begin = |it: &[u8]| {
        let letters = [it[0] | 0x20, it[1] | 0x20, it[2] | 0x20];
        matches!(&letters, b"pas" | b"pwd" | b"sec" | b"tok" | b"key" | b"aut" | b"cre" | b"dsn" | b"sal")
    };
    bytes.windows(3).enumerate().any(|(at, it)| may_begin(it) && is_at(at))
}

/// Splits a name at whatever is no letter or digit, and where a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for it in name.chars() {
        if !it.is_ascii_alphanumeric() || (was_small && it.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| it.is_ascii_alphanumeric()) {
            word.push(it.to_ascii_uppercase());
        }
        was_small = it.is_ascii_lowercase() || it.is_ascii_digit();
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_secret_has_a_stem_that_is_looked_for_first() {
        assert!(SECRET.iter().chain(&["KEY", "KEYS", "AUTH"]).all(|it| has_stem(it)));
        assert!(!has_stem("DATABASE_URL") && has_stem("db_Password"));
    }

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "POSTGRES_PASSWORD",
            "password",
            "apiKey",
            "api-key",
            "STRIPE_KEY",
            "GF_SECURITY_ADMIN_PASSWORD",
            "clientSecret",
            "NGROK_AUTHTOKEN",
            "FLOWER_BASIC_AUTH",
            "sentry.dsn",
            "redis_pass",
            "traefik.http.middlewares.auth.basicauth.users",
        ] {
            assert!(may_be_secret(name), "{name}");
        }
    }

    #[test]
    fn what_is_only_about_secrets_is_not_one() {
        for name in [
            "TOKEN_TTL",
            "ACCESS_TOKEN_EXPIRE_MINUTES",
            "POSTGRES_PASSWORD_FILE",
            "cache_key",
            "key",
            "STRIPE_PUBLIC_KEY",
            "author",
            "auth",
            "monkey",
            "API_KEY_HEADER",
            "compass",
        ] {
            assert!(!may_be_secret(name), "{name}");
        }
    }
}
