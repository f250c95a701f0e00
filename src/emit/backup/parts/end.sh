(cd -- "$part" && sha256sum -- * >SHA256SUMS)
rm -f -- "$part"/.[!.]*
mv -T -- "$part" "$dir/$name"
trap - EXIT
# The oldest go, when there are more than are kept.
find "$dir" -mindepth 1 -maxdepth 1 -type d -name '????-??-??T??????' | sort -r | tail -n +$((keep + 1)) | while IFS= read -r old; do rm -rf -- "$old"; done
printf '%s\n' "$dir/$name"
