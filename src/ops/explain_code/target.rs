//! What can be wrong with a target: what it cannot take, or would take otherwise.

use super::Mistake;
use crate::emit::codes::*;

/// In the order of their codes.
pub(super) static MISTAKES: &[Mistake] = &[
    Mistake {
        code: &UNKNOWN_SELECTION,
        about: "The command line names an environment or a target that the spec does not have.",
        example: "",
    },
    Mistake {
        code: &NO_BASE,
        about: "An overlay is to be written, and there is nothing that it lies on.",
        example: "",
    },
    Mistake {
        code: &PATCH_OF_NOTHING,
        about: "A raw patch addresses something that is not there. It would go on doing nothing for years.",
        example: "services:\n  web: {image: nginx, raw: {compose: {memlimit: 1g}}}\n",
    },
    Mistake {
        code: &NAME_OF_MANY,
        about: "A container's name is fixed, and there is more than one container.",
        example: "services:\n  web: {image: nginx, container_name: web, replicas: 2}\n",
    },
    Mistake {
        code: &PATCH_CONTRADICTS,
        about: "A raw patch says otherwise than the spec, and only for this target: the page, the scripts and the other \
                targets keep saying what is written.",
        example: "services:\n  web: {image: nginx, replicas: 2, raw: {swarm: {deploy: {replicas: 3}}}}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &MISREAD,
        about: "An env file is read by shells, docker compose, docker stack, python-dotenv and others, and one of them \
                would read this value otherwise than it is written.",
        example: "vars:\n  app: {GREETING: two words}\nservices:\n  web: {image: nginx, vars: [app]}\nenvironments:\n  \
                  prod: {target: swarm, env_files: [.env], template: .env.template}\n",
    },
    Mistake {
        code: &CONTRADICTION,
        about: "Two environments write one env file and want different things of it.",
        example: "vars:\n  app: {MODE: dev}\nservices:\n  web: {image: nginx, vars: [app]}\nenvironments:\n  dev: {target: compose, \
                  file: dev.yaml, env_files: [.env], template: .env.template}\n  prod: {target: compose, file: prod.yaml, \
                  env_files: [.env], template: .env.template, vars: {MODE: prod}}\n",
    },
    Mistake {
        code: &HOST_ADDRESS,
        about: "Swarm publishes a port on every address of every node. `127.0.0.1:` would not be honoured, and what was \
                meant for the machine itself would be open to the world.",
        example: "services:\n  db: {image: postgres, publish: [\"127.0.0.1:5432:5432\"]}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &NOT_ON_NODES,
        about: "A path of the repository is mounted, and the nodes of a Swarm do not have the repository.",
        example: "#- src/app.py\n#- specc.yaml\nservices:\n  web: {image: app, mounts: [\"./src:/src\"]}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &GPU,
        about: "Swarm does not pass graphics processors on as compose does.",
        example: "services:\n  model: {image: model, resources: {gpu: 1}}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &MISREAD_DEFAULT,
        about: "`docker stack` reads the default of a variable otherwise than compose does.",
        example: "vars:\n  app: {A: {default: a, scope: deploy}, B: {default: b, scope: deploy}}\nservices:\n  web: {image: \"nginx:${A:-y${B}}\"}\nenvironments:\n  \
                  prod: {target: swarm, env_files: [.env]}\n",
    },
    Mistake {
        code: &SLOT_NOT_FILLED,
        about: "Swarm fills in a replica's number in a few fields only.",
        example: "services:\n  web: {image: nginx, replicas: 2, run: \"serve @{slot}\"}\nenvironments:\n  prod: {target: swarm}\n",
    },
    Mistake {
        code: &BAD_NAME,
        about: "The API server refuses this name. `_` becomes `-`, and capitals become small, where that is enough.",
        example: "services:\n  1st: {image: nginx}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NAME_CLASH,
        about: "Two things would have one name on the cluster.",
        example: "services:\n  a_b: {image: nginx}\n  a-b: {image: nginx}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NO_VALUE,
        about: "A manifest has no deploy-time interpolation: what stands in it must be known when specc builds.",
        example: "vars:\n  app: {TAG: {required: true}}\nservices:\n  web: {image: \"nginx:${TAG}\"}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &SECRET_HERE,
        about: "A secret would stand in a manifest, where everybody who can read the repository could read it.",
        example: "vars:\n  app: {KEY: {secret: true}}\nservices:\n  web: {image: \"nginx:${KEY}\", vars: [app]}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &TOO_LARGE,
        about: "A ConfigMap holds 1 MiB, all of its files together. Put larger files into the image, or on a volume.",
        example: "",
    },
    Mistake {
        code: &MANY_WRITERS,
        about: "A volume that one node can mount is written by more than one pod. Give it storage that many can write \
                (`access: many`), give each replica its own (`access: each`), or run one replica.",
        example: "volumes:\n  data: {size: 1Gi}\nservices:\n  web: {image: nginx, replicas: 2, mounts: [\"data:/data\"]}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NO_SIZE,
        about: "A claim for storage says how much.",
        example: "services:\n  db: {image: postgres, mounts: [\"data:/data\"]}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NOT_ON_CLUSTER,
        about: "A path of one machine, or a directory of the repository, is mounted: the nodes of a cluster have neither.",
        example: "services:\n  web: {image: nginx, mounts: [\"/data:/data\"]}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &BAD_USER,
        about: "A pod runs as a number. Which one a name has, only the image knows.",
        example: "services:\n  cache: {image: redis, user: redis}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NO_GPU,
        about: "A pod asks for a number of graphics processors; which ones, the cluster decides.",
        example: "services:\n  model: {image: model, resources: {gpu: all}}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &NO_SCALING,
        about: "Scaling that cannot work: of what may run only once, or by the use of something of which nothing is reserved.",
        example: "services:\n  web: {image: nginx, scale: {max: 3, cpu: 70}}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &BASE_CLASH,
        about: "Environments share a kustomize base and want what no patch of it can say.",
        example: "",
    },
    Mistake {
        code: &REFUSED,
        about: "The schema would take it, and an API server refuses it all the same.",
        example: "services:\n  web: {image: nginx, port: 80, raw: {k8s: {pod: {restartPolicy: Never}}}}\nenvironments:\n  prod: {target: k8s}\n",
    },
    Mistake {
        code: &UNREACHABLE,
        about: "A service has routes, and the proxy shares no network with it.",
        example: "ingress: {kind: traefik, owner: here, service: proxy, entrypoints: {web: {port: 80, publish: \"80\"}}, tls: none}\nnetworks: {back: {}}\n\
                  services:\n  web: {image: nginx, port: 80, networks: [back], routes: [{match: {host: a.io}}]}\n",
    },
    Mistake {
        code: &VARIABLE_IN_FILE,
        about: "A variable stands in a file that the proxy reads as it is; nobody fills it in there.",
        example: "vars:\n  app: {DOMAIN: {required: true}}\ningress: {kind: nginx, owner: elsewhere, entrypoints: {http: {port: 80}}, tls: none}\n\
                  services:\n  web: {image: nginx, port: 80, vars: [app], routes: [{match: {host: \"${DOMAIN}\"}}]}\nenvironments:\n  prod: {target: compose, env_files: [.env]}\n",
    },
    Mistake {
        code: &SAME_FILE,
        about: "Two environments would write one file for their proxies.",
        example: "ingress: {kind: nginx, owner: elsewhere, file: proxy.conf, entrypoints: {http: {port: 80}}, tls: none}\n\
                  services:\n  web: {image: nginx, port: 80, routes: [{match: {host: \"@{env}.a.io\"}}]}\nenvironments:\n  \
                  a: {target: compose, file: a.yaml}\n  b: {target: compose, file: b.yaml}\n",
    },
    Mistake {
        code: &NO_CERTIFICATE,
        about: "nginx reads certificates from files, and is not told which.",
        example: "ingress: {kind: nginx, owner: elsewhere, entrypoints: {https: {port: 443}}, tls: files}\n\
                  services:\n  web: {image: nginx, port: 80, routes: [{match: {host: a.io}}]}\n",
    },
    Mistake {
        code: &NO_EDGE,
        about: "The address of a caller is taken from a header that anybody could send: nginx must know which proxies may.",
        example: "ingress: {kind: nginx, owner: elsewhere, entrypoints: {http: {port: 80}}, tls: none, client_ip: X-Forwarded-For}\n\
                  services:\n  web: {image: nginx, port: 80, routes: [{match: {host: a.io}}]}\n",
    },
    Mistake {
        code: &READ_BY_NGINX,
        about: "nginx would read a part of this value as one of its variables, and knows no way to write it otherwise.",
        example: "ingress: {kind: nginx, owner: elsewhere, entrypoints: {http: {port: 80}}, tls: none}\n\
                  services:\n  web: {image: nginx, port: 80, routes: [{match: {host: a.io}, headers: {X-Price: \"$5\"}}]}\n",
    },
    Mistake {
        code: &NO_ENTRYPOINT,
        about: "nginx is not told on which ports it listens.",
        example: "ingress: {kind: nginx, owner: elsewhere, tls: none}\n\
                  services:\n  web: {image: nginx, port: 80, routes: [{match: {host: a.io}}]}\n",
    },
    Mistake {
        code: &NOT_COPIED,
        about: "A file is mounted that the deployment does not copy to the machine.",
        example: "",
    },
    Mistake {
        code: &BAD_TEMPLATE,
        about: "A template of yours cannot be filled in.",
        example: "#- page.j2\n{{ systen.name }}\n#- specc.yaml\ntemplates: [{from: page.j2, to: PAGE}]\nservices:\n  web: {image: nginx}\n",
    },
    Mistake {
        code: &BAD_BACKUP,
        about: "A backup has nothing to copy, or no time at which it runs.",
        example: "services:\n  web: {image: nginx}\nbackup:\n  prod: {schedule: \"0 3 * * *\"}\n",
    },
];
