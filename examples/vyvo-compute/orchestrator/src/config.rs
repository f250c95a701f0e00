//! What the orchestrator reads from its environment.

pub struct Config {
    pub port: u16,
    pub redis_url: String,
}

impl Config {
    pub fn load() -> Config {
        let port = std::env::var("PORT").ok().and_then(|it| it.parse().ok()).unwrap_or(8081);
        let redis_url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://redis:6379".to_string());
        Config { port, redis_url }
    }
}
