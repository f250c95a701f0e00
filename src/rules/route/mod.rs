//! Rules about reverse proxies: Traefik and nginx.
