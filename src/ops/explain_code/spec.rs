//! What can be wrong with the spec itself.

use super::Mistake;
use crate::resolve::codes;
use crate::resolve::include::{BAD_INCLUDE, UNREADABLE};
use crate::resolve::text::{BAD_EXPRESSION, BAD_REFERENCE, NO_FALLBACK, UNDECLARED_VARIABLE};
use crate::spec::{BAD_MOUNT, BAD_VERSION, EXPECTED, MISPLACED_VARIABLE, UNKNOWN_KEY};
use crate::syntax::{BAD_ALIAS, DUPLICATE_KEY, SYNTAX_ERROR};

/// In the order of their codes.
pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        code: &EXPECTED,
        about: "A field has a value of another kind than it takes, or one that it needs is not there.",
        example: "services:\n  web: {image: nginx, log: json}\n",
    },
    Mistake {
        code: &UNKNOWN_KEY,
        about: "Nothing reads this key. It is misspelt, another tool's word, or stands one level too high or too low. \
                Keys that begin with `x-` are yours and never read.",
        example: "services:\n  web: {image: nginx, depends_on: [db]}\n  db: {image: postgres}\n",
    },
    Mistake {
        code: &MISPLACED_VARIABLE,
        about: "Variables are declared in groups, so that a service can take all that belong together by one name.",
        example: "vars:\n  LOG_LEVEL: info\nservices:\n  web: {image: nginx}\n",
    },
    Mistake {
        code: &BAD_MOUNT,
        about: "A mount is `source:/path`, with `:ro` behind it where the container must not write. The source is a path \
                of the repository (`./…`), one of the host (`/…`), or the name of a volume.",
        example: "services:\n  web: {image: nginx, mounts: [\"./site\"]}\n",
    },
    Mistake {
        code: &BAD_VERSION,
        about: "The spec is in a version of the language that this specc does not know.",
        example: "specc: 9\nservices:\n  web: {image: nginx}\n",
    },
    Mistake {
        code: &BAD_INCLUDE,
        about: "An included file lies outside of the spec's directory, or includes the one that includes it.",
        example: "#- shared.yaml\ninclude: specc.yaml\n#- specc.yaml\ninclude: shared.yaml\nservices:\n  web: {image: nginx}\n",
    },
    Mistake {
        code: &UNREADABLE,
        about: "The spec, or a file that it includes, is not there, is no text, or has nothing in it.",
        example: "",
    },
    Mistake {
        code: &BAD_EXPRESSION,
        about: "`@{…}` is filled in when specc builds, and this one cannot be: it is not closed, or names nothing. What is \
                to be filled in at deploy time is written `${…}`.",
        example: "services:\n  web: {image: nginx, env: {DATABASE: \"@{dbs.addr}\"}}\n  db: {image: postgres, port: 5432}\n",
    },
    Mistake {
        code: &UNDECLARED_VARIABLE,
        about: "A variable is used and nowhere declared, so it would be in no env file and no template.",
        example: "vars:\n  app: {TAG: latest}\nservices:\n  web: {image: \"nginx:${TAGG}\"}\n",
    },
    Mistake {
        code: &BAD_REFERENCE,
        about: "A `${…}` that no shell and no compose could read. A dollar sign that is meant as one is written `$$`.",
        example: "services:\n  web: {image: nginx, env: {PRICE: \"${}\"}}\n",
    },
    Mistake {
        code: &codes::BAD_QUANTITY,
        about: "A time, a size or a share that cannot be read. Units are always written: `30` could be seconds or minutes.",
        example: "services:\n  web: {image: nginx, resources: {memory: 512 megs}}\n",
    },
    Mistake {
        code: &codes::UNKNOWN_NAME,
        about: "A service, group, volume, network, image or environment is named that is not declared.",
        example: "services:\n  web: {image: nginx, needs: {bd: started}}\n  db: {image: postgres}\n",
    },
    Mistake {
        code: &codes::BAD_VALUE,
        about: "A value contradicts what is declared of it: the type of a variable, the values it may have, or what this \
                field takes at all.",
        example: "vars:\n  app: {WORKERS: {type: int, default: many}}\nservices:\n  web: {image: nginx, vars: [app]}\n",
    },
    Mistake {
        code: &codes::LITERAL_SECRET,
        about: "The spec is committed, and everybody who can read the repository could read the secret. Say how to make \
                one instead; people fill it in where it is needed.",
        example: "vars:\n  app:\n    API_KEY: {secret: true, default: hunter2}\nservices:\n  web: {image: nginx, vars: [app]}\n",
    },
    Mistake {
        code: &codes::BAD_LIKE,
        about: "`like` takes over what another service says. In a circle nobody says it first.",
        example: "services:\n  web: {like: api}\n  api: {like: web}\n",
    },
    Mistake {
        code: &codes::NEED_CYCLE,
        about: "Services that wait for each other never start.",
        example: "services:\n  web: {image: nginx, needs: [api]}\n  api: {image: api, needs: [web]}\n",
    },
    Mistake {
        code: &codes::BAD_NEED,
        about: "A service waits for something that never happens: for the health of one that has no check, or for the end \
                of one that never ends.",
        example: "services:\n  web: {image: nginx, needs: {db: healthy}}\n  db: {image: postgres}\n",
    },
    Mistake {
        code: &codes::PORT_CLASH,
        about: "Two services of one environment take the same port of the host: the second would not start.",
        example: "services:\n  web: {image: nginx, publish: [\"8080:80\"]}\n  api: {image: api, publish: [\"8080:8000\"]}\n",
    },
    Mistake {
        code: &codes::SINGLETON_SCALED,
        about: "What may run only once (a scheduler, a bot, a trader) would run twice.",
        example: "services:\n  scheduler: {image: app, singleton: true, replicas: 2}\n",
    },
    Mistake {
        code: &codes::UNAWAITED_JOB,
        about: "A job ends, and nothing waits for its end: a migration would run beside the code that relies on it.",
        example: "services:\n  migrate: {image: app, kind: job, run: migrate}\n  web: {image: app}\n",
    },
    Mistake {
        code: &codes::MOUNT_MISSING,
        about: "A path of the repository is mounted where nothing is. Docker would make an empty directory, as root, and \
                the container would find that instead of a file.",
        example: "#- nginx.conf\n#- specc.yaml\nservices:\n  web: {image: nginx, mounts: [\"./ngnix.conf:/etc/nginx/nginx.conf:ro\"]}\n",
    },
    Mistake {
        code: &codes::MOUNT_CLASH,
        about: "Two mounts lie at one path of the container; only one of them would be seen.",
        example: "services:\n  db: {image: postgres, mounts: [\"data:/data\", \"more:/data\"]}\n",
    },
    Mistake {
        code: &codes::BAD_HEALTH,
        about: "A health check that cannot be made. It runs inside the container, so the image must have a program that \
                can ask, and the service a port to ask at.",
        example: "services:\n  web: {image: app, port: 80, health: {http: /health}}\n",
    },
    Mistake {
        code: &codes::NO_ENV_FILE,
        about: "A service has variables that a person fills in, and the environment names no file to fill them in.",
        example: "vars:\n  app: {API_KEY: {secret: true}}\nservices:\n  web: {image: app, vars: [app]}\nenvironments:\n  prod: {target: compose}\n",
    },
    Mistake {
        code: &codes::BAD_LAYER,
        about: "Environments that cannot lie on each other: an overlay without a base, two of one file, or a layer where \
                the target has none.",
        example: "services:\n  web: {image: nginx}\nenvironments:\n  dev: {target: compose, layer: overlay}\n",
    },
    Mistake {
        code: &codes::NO_IMAGE,
        about: "A service says neither which image it runs nor what it is built from.",
        example: "services:\n  web: {port: 80}\n",
    },
    Mistake {
        code: &codes::BAD_ROUTE,
        about: "A route leads nowhere: no proxy takes it, its service listens on no port, or its host or path is none.",
        example: "services:\n  web: {image: nginx, port: 80, routes: [{match: {host: example.com}}]}\n",
    },
    Mistake {
        code: &codes::OVER_BUDGET,
        about: "What the services reserve is more than the machine has, so that some of them would not be placed.",
        example: "services:\n  db: {image: postgres, resources: {memory: 6g}}\n  web: {image: app, resources: {memory: 1g}, \
                  replicas: 3}\nenvironments:\n  prod: {target: compose, host: {memory: 8g}}\n",
    },
    Mistake {
        code: &codes::BAD_PORT,
        about: "A port is a number from 1 to 65535, with `/udp` behind it where it is not TCP; `publish` has the host's \
                before it.",
        example: "services:\n  web: {image: nginx, port: http}\n",
    },
    Mistake {
        code: &codes::BAD_COMMAND,
        about: "A command in one text is split into words as a shell would; this one cannot be.",
        example: "services:\n  web: {image: app, run: \"serve --name 'a\"}\n",
    },
    Mistake {
        code: &codes::UNUSED_VARIABLE,
        about: "A variable is declared, and no service takes it: somebody will fill it in and wonder.",
        example: "vars:\n  app: {OLD_KEY: x}\nservices:\n  web: {image: nginx}\n",
    },
    Mistake {
        code: &codes::SHARED_SLOT,
        about: "`@{slot}` is a replica's number, and here the replicas could not be told apart by it.",
        example: "services:\n  worker: {image: app, replicas: 3, env: {ID: \"@{slot}\"}}\n",
    },
    Mistake {
        code: &codes::DUPLICATE_NAME,
        about: "Two things have one name where there can be only one.",
        example: "services:\n  main: {image: postgres, container_name: db}\n  other: {image: postgres, container_name: db}\n",
    },
    Mistake {
        code: &codes::OUTSIDE,
        about: "A path leads out of the directory of the spec, where specc neither reads nor writes.",
        example: "services:\n  web: {image: nginx, mounts: [\"../site:/site\"]}\n",
    },
    Mistake {
        code: &NO_FALLBACK,
        about: "An optional variable is used without a word on what it is when it is unset. Compose would warn at each \
                start and put nothing there.",
        example: "vars:\n  app: {TAG: {optional: true, scope: deploy}}\nservices:\n  web: {image: \"nginx:${TAG}\"}\n\
                  environments:\n  prod: {target: compose, env_files: [.env]}\n",
    },
    Mistake {
        code: &codes::BAD_DEPLOY,
        about: "A deployment that cannot be made as written: two places to go to, files of a tool that is not told, or a \
                rollout that this target does not have.",
        example: "services:\n  web: {image: nginx}\ndeploy:\n  prod: {how: push, host: a, hosts: b c, dir: /srv/demo}\n",
    },
    Mistake {
        code: &codes::NOT_TWICE,
        about: "A deployment that starts the new version beside the old one asks that both can run at once: no port of \
                the host, no name of a container, nothing that may run only once.",
        example: "ingress: {kind: traefik, owner: here, service: proxy, entrypoints: {web: {port: 80, publish: \"80\"}}, tls: none}\n\
                  services:\n  web:\n    image: app\n    port: 80\n    publish: [\"8080:80\"]\n    health: {tcp: 80}\n    \
                  routes: [{match: {host: a.io}}]\ndeploy:\n  prod: {how: here, strategy: blue-green}\n",
    },
    Mistake {
        code: &codes::NOT_PUBLISHED,
        about: "A Swarm and a cluster build nothing: their machines get images from a registry. A name without one is \
                looked for on Docker Hub, where somebody else may have it.",
        example: "images:\n  api: {context: .}\nservices:\n  web: {build: api}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &SYNTAX_ERROR,
        about: "The text is no YAML (or TOML, or JSON).",
        example: "services:\n  web: {image: nginx\n",
    },
    Mistake {
        code: &DUPLICATE_KEY,
        about: "One key stands twice in one map. Most readers take the last one and say nothing.",
        example: "services:\n  web:\n    image: nginx\n    port: 80\n    image: caddy\n",
    },
    Mistake {
        code: &BAD_ALIAS,
        about: "An alias refers to nothing, or they would expand without bound.",
        example: "services:\n  web: *base\n",
    },
];
