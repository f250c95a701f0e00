//! Schemas of the environment: where zod, t3-env and Joi write theirs, and `getOrThrow` of NestJS, which needs one.

use super::Reader;
use crate::repo::env_wrapper::is_loud_name;
use crate::repo::fact::Absent;

impl Reader<'_, '_> {
    /// Finds `const NAME = z.object({…})` and reads its keys.
    pub(super) fn declared_schema(&mut self, name: &str) {
        for at in 0..self.tokens.list.len() {
            if self.tokens.word(at) == name && self.tokens.word(at + 1) == "=" {
                let open = (at + 2..(at + 12).min(self.tokens.list.len())).find(|it| self.tokens.word(*it) == "{");
                if let Some(open) = open {
                    self.schema(open);
                }
                return;
            }
        }
    }

    /// Reads `server: {…}`, `client: {…}` and `shared: {…}` of t3-env.
    pub(super) fn schema_sections(&mut self, open: usize) {
        for item in self.tokens.items(open + 1) {
            let is_section = matches!(self.tokens.word(item.start), "server" | "client" | "shared");
            if is_section && self.tokens.are(item.start + 1, &[":", "{"]) {
                self.schema(item.start + 2);
            }
        }
    }

    /// `Joi.object({PORT: Joi.number().default(3000), KEY: Joi.string().required()})`, or `Joi.object().keys({…})`,
    /// where the file is about the environment: it says so, or Nest's configuration takes the schema.
    pub(super) fn joi(&mut self, at: usize) {
        let forms: [&[&str]; 2] =
            [&["Joi", ".", "object", "(", "{"], &["Joi", ".", "object", "(", ")", ".", "keys", "(", "{"]];
        let Some(form) = forms.iter().find(|it| self.tokens.are(at, it)) else { return };
        if !self.is_about_environment() {
            return;
        }
        for item in self.tokens.items(at + form.len() - 1) {
            let token = self.tokens.list[item.start];
            let name = self.tokens.string(item.start).map_or((token.start, token.end), |it| (it.1, it.2));
            if self.tokens.word(item.start + 1) != ":" || !is_loud_name(&self.input.text[name.0..name.1]) {
                continue;
            }
            let mut absent = Absent::Nothing;
            for at in item.start + 2..item.end {
                match self.tokens.word(at) {
                    "required" if self.tokens.word(at + 1) == "(" => absent = Absent::Fails,
                    "default" if self.tokens.word(at + 1) == "(" => absent = self.literal(at + 2),
                    // Required in some cases only.
                    "when" => {
                        absent = Absent::Computed;
                        break;
                    }
                    _ => {}
                }
            }
            let read = self.read(name, absent, false);
            self.facts.reads.push(read);
        }
    }

    /// Looks through the file once, however many schemas it has.
    fn is_about_environment(&self) -> bool {
        *self.is_about_environment.get_or_init(|| {
            let about = ["validationSchema", "process.env", "ConfigModule", "envSchema"];
            let name = self.input.path.rsplit('/').next().unwrap_or("");
            name.contains("env") || about.iter().any(|it| self.input.text.contains(it))
        })
    }

    /// `config.getOrThrow<string>('KEY')`.
    pub(super) fn get_or_throw(&mut self, at: usize) {
        let open = (at + 1..at + 8).find(|it| self.tokens.word(*it) == "(");
        let Some((text, from, to)) = open.and_then(|it| self.tokens.string(it + 1)) else { return };
        if is_loud_name(text) {
            let read = self.read((from, to), Absent::Fails, false);
            self.facts.reads.push(read);
        }
    }
}
