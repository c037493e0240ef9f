#!/usr/bin/env bash
# Leaves out of a static program the tables of languages it does not speak: image-icu.sh FOLDER prints the linker's options for it.
#
# Foundation brings 34 MB of ICU's data, more than all of our code: names of languages, currencies, units and time zones in 200 tongues,
# charsets, dictionaries. The services format nothing for people and ask for normalisation alone, so what comes to FOLDER keeps what belongs to no
# language, and English. Whoever asks for more gets ICU's root, as for any language ICU does not know.
set -euo pipefail

library=$(dirname "$(readlink -f "$(command -v swift)")")/../lib/swift_static/linux/lib_FoundationICU.a
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

(cd "$folder" && ar x "$library" icu_packaged_data.cpp.o)
symbol=$(nm --defined-only "$folder/icu_packaged_data.cpp.o" | sed -nE 's/.* R (icudt[0-9]+_dat)$/\1/p')
[ -n "$symbol" ] || { echo "image-icu.sh: $library holds no ICU data under a name known here" >&2; exit 1; }
objcopy -O binary --only-section=.rodata "$folder/icu_packaged_data.cpp.o" "$folder/all.dat"
"$(dirname "$0")/image-icu.py" "$folder/all.dat" "$folder/some.dat"

# Another content is another name, or the program would not be linked anew.
object=$1/icu-$(cksum <"$folder/some.dat" | cut -d ' ' -f 1).o
cc -c -x assembler -o "$object" - <<ASSEMBLER
.section .rodata
.globl __wrap_$symbol
.balign 16
.type __wrap_$symbol, %object
__wrap_$symbol:
.incbin "$folder/some.dat"
.size __wrap_$symbol, . - __wrap_$symbol
.section .note.GNU-stack, "", %progbits
ASSEMBLER
# Who asks for the symbol gets ours, and the archive's member is never taken in.
echo "-Xlinker --wrap=$symbol -Xlinker $object"
