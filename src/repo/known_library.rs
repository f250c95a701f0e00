//! Variables that runtimes, libraries and tools read, whatever the program is: data only.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Variables that runtimes, libraries and shells read, whatever the program.
#[rustfmt::skip]
const LIBRARY_NAMES: &[&str] = &[
    "PATH", "HOME", "USER", "SHELL", "TERM", "LANG", "LANGUAGE", "TZ", "PWD", "HOSTNAME", "DISPLAY", "EDITOR",
    "TMPDIR", "TEMP", "TMP", "DEBIAN_FRONTEND", "NODE_ENV", "CI", "DEBUG", "PORT", "HOST", "NO_COLOR",
    "FORCE_COLOR", "CC", "CXX", "CFLAGS", "LDFLAGS", "RUST_LOG", "RUST_BACKTRACE", "CGO_ENABLED", "VERCEL",
    "GIN_MODE", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "MALLOC_ARENA_MAX",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
    "no_proxy", "all_proxy", "DOCKER_HOST", "CHOKIDAR_USEPOLLING", "WATCHPACK_POLLING",
    "WATCHFILES_FORCE_POLLING", "NEXT_TELEMETRY_DISABLED", "TOKENIZERS_PARALLELISM", "DJANGO_SETTINGS_MODULE",
    "FLASK_APP", "FLASK_ENV", "FLASK_DEBUG", "HF_TOKEN", "NUMBA_CACHE_DIR", "PHP_IDE_CONFIG", "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "PROMETHEUS_MULTIPROC_DIR", "PUID", "PGID", "UMASK",
    "UID", "GID", "TURBO_TELEMETRY_DISABLED", "NEW_RELIC_LICENSE_KEY", "NPM_TOKEN", "MPLCONFIGDIR",
    "C_FORCE_ROOT", "S6_KEEP_ENV", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
    "SENTRY_DSN", "SENTRY_ENVIRONMENT", "SENTRY_RELEASE", "OPENAI_API_KEY", "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "TRANSFORMERS_CACHE", "DATABASE_URL_UNPOOLED",
    "HYPERCORN_RELOAD", "GUNICORN_CMD_ARGS",
];

#[rustfmt::skip]
const LIBRARY_PREFIXES: &[&str] = &[
    "OMP_", "MKL_", "KMP_", "PYTHON", "PYTEST_", "OTEL_", "HF_", "HUGGINGFACE_", "HUGGING_FACE_", "CUDA_",
    "NVIDIA_", "NCCL_", "TORCH_", "PYTORCH_", "TF_", "XLA_", "VLLM_", "NODE_", "COMPOSER_", "XDEBUG_",
    "ANSIBLE_", "SONAR_", "TSC_", "TRANSFORMERS_", "NPM_CONFIG_", "npm_config_", "YARN_", "PNPM_", "UVICORN_", "UV_", "PIP_", "POETRY_",
    "LC_", "LD_", "DD_", "AWS_", "AZURE_", "GOOGLE_CLOUD_", "KUBERNETES_", "DOCKER_", "COMPOSE_", "BUILDKIT_",
    "CARGO_", "GRPC_", "JAVA_", "JVM_", "MALLOC_", "LANGCHAIN_", "LANGSMITH_", "RAY_", "CELERY_", "GUNICORN_",
    "PLAYWRIGHT_", "FLOWER_", "BITSANDBYTES_", "PUPPETEER_", "CHROME_", "WANDB_", "DENO_", "BUN_", "PM2_",
    "SENTENCE_TRANSFORMERS_", "TRITON_", "ROCM_", "HIP_", "SENTRY_", "ASPNETCORE_", "DOTNET_", "GIT_", "SSH_", "GITHUB_", "RUNNER_",
];

/// Returns whether some runtime or library reads a variable, whatever the program is.
pub fn is_library_variable(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| LIBRARY_NAMES.iter().copied().collect());
    // By the two letters that a prefix begins with: asked of every variable of a repository.
    static PREFIXES: LazyLock<HashMap<&[u8], Vec<&str>>> = LazyLock::new(|| {
        let mut found: HashMap<&[u8], Vec<&str>> = HashMap::new();
        LIBRARY_PREFIXES.iter().for_each(|it| found.entry(&it.as_bytes()[..2]).or_default().push(it));
        found
    });
    let begun = name.as_bytes().get(..2).and_then(|it| PREFIXES.get(it));
    begun.is_some_and(|list| list.iter().any(|it| name.starts_with(it)))
        || NAMES.contains(name)
        || is_of_libpq(name)
        || is_of_go(name)
}

/// `PGHOST`, `PGSSLMODE`: libpq, and the drivers that follow it.
fn is_of_libpq(name: &str) -> bool {
    name.starts_with("PG") && name.len() > 4 && (!name.contains('_') || name == "PGCONNECT_TIMEOUT")
}

/// `GOCACHE`, `GOGC`: the tools and the runtime of Go.
fn is_of_go(name: &str) -> bool {
    let go = ["CACHE", "MODCACHE", "PATH", "PROXY", "PRIVATE", "FLAGS", "OS", "ARCH", "DEBUG", "GC"];
    name.strip_prefix("GO").is_some_and(|it| go.contains(&it) || matches!(it, "MAXPROCS" | "MEMLIMIT"))
}

/// Variables that clients and tools ask for themselves where a program makes them without arguments. A program may well
/// read them on its own, and then they are its own.
#[rustfmt::skip]
const CLIENT_NAMES: &[&str] = &[
    "AUTH_SECRET", "AUTH_TRUST_HOST", "AUTH_URL", "BLOB_READ_WRITE_TOKEN", "BROWSER", "BUGSNAG_API_KEY",
    "CATALINA_OPTS", "CLOUDINARY_URL", "COHERE_API_KEY", "CO_API_KEY", "DEEPSEEK_API_KEY",
    "DISABLE_ESLINT_PLUGIN", "E2B_API_KEY", "EDGE_CONFIG", "ELEVENLABS_API_KEY", "FAST_REFRESH",
    "FIRECRAWL_API_KEY", "FLASK_RUN_HOST", "FLASK_RUN_PORT", "GEMINI_API_KEY", "GENERATE_SOURCEMAP",
    "GOOGLE_API_KEY", "GROQ_API_KEY", "HONEYBADGER_API_KEY", "HUSKY", "JDK_JAVA_OPTIONS",
    "KAFKAJS_NO_PARTITIONER_WARNING", "LOGNAME", "MAVEN_OPTS", "MISTRAL_API_KEY", "PHP_CLI_SERVER_WORKERS",
    "PHP_INI_SCAN_DIR", "PINECONE_API_KEY", "REPLICATE_API_TOKEN", "RESEND_API_KEY", "SERPAPI_API_KEY",
    "SERPER_API_KEY", "SKIP_PREFLIGHT_CHECK", "TAVILY_API_KEY", "TOGETHER_API_KEY", "TSC_COMPILE_ON_ERROR",
    "STRIPE_KEY", "STRIPE_SECRET", "STRIPE_WEBHOOK_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "VOYAGE_API_KEY", "WDS_SOCKET_HOST", "WDS_SOCKET_PATH",
    "WDS_SOCKET_PORT", "XAI_API_KEY",
];

#[rustfmt::skip]
const CLIENT_PREFIXES: &[&str] = &[
    // Kits whose clients, made without arguments, ask for their keys themselves.
    "AUTH0_", "BETTER_AUTH_", "CLERK_", "NEXT_PUBLIC_CLERK_", "INNGEST_", "KINDE_", "KV_REST_", "LANGFUSE_",
    "LITELLM_", "NEXTAUTH_", "TRIGGER_", "UPLOADTHING_", "UPSTASH_",
    // Platforms that build the code and start it.
    "FLY_", "HEROKU_", "NIXPACKS_", "RAILWAY_", "VERCEL_",
    // Proxies that look at the containers beside them.
    "ACME_CA_", "LETSENCRYPT_", "VIRTUAL_",
    // Programs that are installed with the code.
    "AIRFLOW_", "ALEMBIC_", "ASTRO_", "B2_ACCOUNT_", "BUILDX_", "CABAL_", "DBMATE_", "DBT_", "ESBUILD_", "FLYWAY_", "GOOD_JOB_", "GOOSE_", "JEST_", "JUPYTER_", "LIQUIBASE_", "LOCUST_", "MEDUSA_", "METEOR_", "NEXT_OTEL_", "NEXT_PRIVATE_", "S6_", "STRAPI_", "SUPERSET_", "SWC_", "VITEST_", "APACHE_RUN_", "APPSIGNAL_", "CHAINLIT_", "CHOKIDAR_", "CYPRESS_", "DAGSTER_", "ELASTIC_APM_",
    "EXPO_", "FASTEMBED_", "GRADIO_", "MLFLOW_", "NEW_RELIC_", "PREFECT_", "PRISMA_", "RCLONE_", "RESTIC_", "STORYBOOK_", "STREAMLIT_",
    "SUPERVISOR_", "TS_NODE_", "TURBO_",
];

/// Returns whether a variable that no code names may be read by what the code uses.
pub fn is_of_client(name: &str) -> bool {
    CLIENT_NAMES.contains(&name) || CLIENT_PREFIXES.iter().any(|it| name.starts_with(it))
}

/// Returns the word that stands in the code of whoever uses the client of a key: `groq` for GROQ_API_KEY. A key of
/// nothing that is installed is read by nobody.
pub fn word_of_client(name: &str) -> Option<String> {
    // Laravel's package for it; what else speaks to Stripe is given its key by the program.
    if name.starts_with("STRIPE_") {
        return Some("cashier".to_string());
    }
    let maker = ["_API_KEY", "_API_TOKEN"].iter().find_map(|it| name.strip_suffix(it))?;
    CLIENT_NAMES.contains(&name).then(|| match maker {
        "GEMINI" | "GOOGLE" => "genai".to_string(),
        "CO" => "cohere".to_string(),
        other => other.to_ascii_lowercase(),
    })
}
