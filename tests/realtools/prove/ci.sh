#!/usr/bin/env bash
# What docs/ci.md tells people to copy is what their services accept, and action.yml is a well-formed action whose
# inputs are those that the page uses.
. "$(dirname "$0")/../lib.sh"
export PATH=$PATH:$REALTOOLS/packaging/bin
p() { passes "$@" || true; }
mkdir -p "$tmp/.github/workflows"
cd "$tmp" || exit 1
git init -q .

# snippets KIND: the fenced blocks that are marked so, one file each; prints the files
snippets() {
  python - "$root/docs/ci.md" "$1" <<'PY'
import re, sys
text = open(sys.argv[1]).read()
for n, body in enumerate(re.findall(r"^```\S+ %s\n(.*?)^```$" % sys.argv[2], text, re.S | re.M)):
    path = f"{sys.argv[2]}-{n}" + ("" if sys.argv[2] == "hook" else ".yml")
    open(path, "w").write(body)
    print(path)
PY
}
for file in $(snippets workflow); do
  # The action of this repository, as it is here.
  sed 's#specc-dev/specc@.*#./#' "$file" >".github/workflows/$file"
  p "GitHub takes $file" check-jsonschema --builtin-schema vendor.github-workflows "$file"
done
expect "there are three workflows" 3 "$(find . -path '*/workflows/*.yml' | wc -l)"
for file in $(snippets gitlab); do
  p "GitLab takes $file" check-jsonschema --builtin-schema vendor.gitlab-ci "$file"
  p "and its format is one that specc has" test "$(specc=$SPECC; cd "$root" && "$specc" check --format gitlab --exit-zero docs | head -c 1)" = '['
done
for file in $(snippets pre-commit); do p "pre-commit takes $file" pre-commit validate-config "$file"; done
for file in $(snippets hook); do
  p "$file is a shell script" shellcheck "$file"
done
expect "one of each" "gitlab-0.yml hook-0 pre-commit-0.yml" "$(echo gitlab-* hook-* pre-commit-*)"

cp "$root/action.yml" .
p "GitHub takes the action" check-jsonschema --builtin-schema vendor.github-actions action.yml
python - action.yml <<'PY'
import sys, yaml
for step in yaml.safe_load(open(sys.argv[1]))["runs"]["steps"]:
    if "run" in step:
        assert "${{" not in step["run"], "an input in a script is run as shell"
        open(f"step-{step['name']}.sh", "w").write("#!/bin/bash\nset -eo pipefail\n" + step["run"])
PY
# SC2153: variables in capitals come from the environment of a step.
p "shellcheck takes its steps" shellcheck --exclude SC2153 step-*.sh
if command -v actionlint >/dev/null; then
  p "actionlint takes the workflows" actionlint
fi
python - action.yml .github/workflows/*.yml <<'PY' || bad "the page uses an input that the action does not have"
import sys, yaml
action, *workflows = [yaml.safe_load(open(it)) for it in sys.argv[1:]]
steps = [step for it in workflows for job in it["jobs"].values() for step in job["steps"]]
used = {name for step in steps if step.get("uses") == "./" for name in step.get("with", {})}
assert used and used <= set(action["inputs"]), used
PY
finish
