use specc::{diag::Diags, emit, files::OnDisk, ops::build::load, source::Sources};
#[test]
fn go() {
    let dir = std::env::var("EX").unwrap();
    let out = std::env::var("OUT").unwrap();
    let files = OnDisk::new(std::path::Path::new(&dir)).unwrap();
    let mut sources = Sources::default();
    let mut diags = Diags::default();
    let name = ["specc.yaml", "specc.toml", "specc.json"]
        .into_iter()
        .find(|it| std::path::Path::new(&dir).join(it).is_file())
        .unwrap();
    if let Ok(loaded) = load(&files, name, &mut sources, &mut diags) {
        if let Ok(output) = emit::emit(&loaded.system, &Default::default(), &mut diags) {
            for it in output.artifacts {
                let p = std::path::Path::new(&out).join(&it.path);
                std::fs::create_dir_all(p.parent().unwrap()).unwrap();
                std::fs::write(p, it.text).unwrap();
            }
            for env in &loaded.system.environments {
                if env.target == specc::ir::Target::Compose {
                    let a = emit::compose::standalone(&loaded.system, env, &mut Diags::default()).unwrap();
                    std::fs::write(std::path::Path::new(&out).join(format!("ALONE.{}.yml", env.name)), a.text).unwrap();
                }
            }
            for l in output.losses {
                println!("LOSS {} {} {:?} {}: {}", l.environment, l.target, l.grade, l.field, l.reason);
            }
        }
    }
    println!(
        "{}",
        specc::report::render(specc::report::Format::Human, &diags.into_sorted(), &sources, &Default::default())
    );
}
