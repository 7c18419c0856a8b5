#!/bin/sh
# Make the published figures of the defense.
#
#     sh benchmarks/defense_figures.sh PHOTOS WEIGHTS OUTPUT
#
# PHOTOS holds images/ and labels.csv (400 photographs, 299x299), WEIGHTS the weights of
# MobileNetV2, MobileNet (0.75) and MobileNetV3 (large, minimalistic); OUTPUT gets a folder a
# classifier. Settings are chosen on photographs 201 to 300 and reported on the first 200. Takes two
# to three hours on two cores, and what votes over noise a day more; adversarial images, finished
# rows and votes are kept in OUTPUT, and a run that was stopped goes on.
set -eu
photos=$1 weights=$2 output=$3
v1="--classifier mobilenet:alpha=0.75 --weights $weights/mobilenet_v1_0.75_224.weights.h5"
v2="--classifier mobilenet_v2 --weights $weights/mobilenet_v2_1.0_224.weights.h5"
v3="--classifier mobilenet_v3_large:minimalistic=true,include_preprocessing=false
    --weights $weights/mobilenet_v3_large_minimalistic_1.0_224.weights.h5"
set="--images $photos/images --labels $photos/labels.csv"
few="none;bicubic:224;default;bicubic:208;strong;trained;sesr:M2:rgb,bicubic:208;paper;random:192+208+224+240"

near="noise:0.08,bicubic:192,sesr:attacked_08:rgb,views:mirror"
far="noise:0.12,bicubic:192,sesr:attacked_15:rgb,views:mirror"
attacked="noise:0.15,bicubic:192,sesr:attacked_15:rgb"

# shellcheck disable=SC2086 # words of the variables are meant to be split
{
    # How the points were chosen: "default" on all three, "strong" on MobileNetV2.
    for choice in "v1 $v1" "v2 $v2" "v3 $v3"; do
        sesr robustness search ${choice#* } $set -o "$output/${choice%% *}" --skip 200 --first 100 \
            --sizes 208,216,224,240 --qualities 75,90 --sigmas 0.02 --enlarger sesr:M5:y
    done

    # The paper's table.
    sesr robustness compare $v2 $set -o "$output/v2" --first 200 --epsilons 2,8 --sizes 224
    cp "$output/v2/compare.md" "$output/paper_table.md"

    # The named defenses on three classifiers, beside plain resizing.
    sesr robustness compare $v2 $set -o "$output/v2" --first 200 --epsilons 2,8 \
        --defenses "$few" --attacks fgsm,pgd,apgd,di2fgsm
    sesr robustness compare $v1 $set -o "$output/v1" --first 200 --epsilons 2,8 \
        --defenses "$few" --attacks pgd,apgd
    sesr robustness compare $v3 $set -o "$output/v3" --first 200 --epsilons 2,8 \
        --defenses "$few" --attacks pgd,apgd

    # Attackers who know less, or more.
    sesr robustness $v2 $set -o "$output/v2" --first 200 --attacks fgsm,pgd,apgd --epsilons 2,4,8 \
        --defense strong
    cp "$output/v2/report.md" "$output/gray_box.md"
    sesr robustness $v2 $set -o "$output/v2" --first 50 --attacks fgsm,pgd,apgd --epsilons 2,8 \
        --threat gray-box,transfer,noise,black-box,adaptive --queries 300 \
        --defense strong --surrogate mobilenet:alpha=0.75 \
        --surrogate-weights "$weights/mobilenet_v1_0.75_224.weights.h5"
    cp "$output/v2/report.md" "$output/threats.md"
    sesr robustness $v2 $set -o "$output/v2" --first 50 --attacks pgd --epsilons 2,8 \
        --threat gray-box,noise,black-box,adaptive --queries 300 --defense trained
    cp "$output/v2/report.md" "$output/trained.md"
    sesr robustness $v2 $set -o "$output/v2" --first 30 --attacks pgd --epsilons 2 --eot 5 \
        --threat noise,adaptive --defense random:192+208+224+240
    cp "$output/v2/report.md" "$output/random_size.md"

    # Of the defenses that don't draw, what is left by somebody who knows each.
    sesr robustness compare $v2 $set -o "$output/v2" --first 20 --epsilons 2 --attacks pgd \
        --threat adaptive --defenses "default;bicubic:224"
    cp "$output/v2/compare.md" "$output/adaptive.md"

    # What a vote over noise proves, each beside the same noise without a network. Settings were
    # chosen on photographs 201 to 300. Certifying 200 photographs takes about half an hour a
    # defense on two cores.
    for choice in "v1 $v1" "v2 $v2" "v3 $v3"; do
        sesr robustness certify ${choice#* } $set -o "$output/${choice%% *}" --first 200 \
            --defenses "$near;$far" --radii 0.05,0.1,0.15,0.2,0.25
    done
    # Whether attacks change a vote within its proven radius.
    python "$(dirname "$0")/defense/certificates.py" "$photos/images" "$photos/labels.csv" \
        "$weights/mobilenet_v2_1.0_224.weights.h5" "$output/v2" --defense "$near"
    # What attacks through the noise leave of it. A gradient through 20 draws costs 20 gradients,
    # and a query of the vote as many inferences as there are draws: ten photographs take an hour.
    through="--first 10 --batch 10 --draws 100 --queries 100 --threat adaptive,black-box,noise"
    sesr robustness $v2 $set -o "$output/v2" $through --attacks pgd:40,apgd:40 --eot 20 \
        --epsilons 0.5,1,2,4 --defense "$attacked"
    cp "$output/v2/report.md" "$output/smoothed.md"
    sesr robustness $v2 $set -o "$output/v2" $through --attacks pgd:40,apgd:40 --eot 20 \
        --norm l2 --epsilons 63.75,127.5,255 --defense "$attacked"
    cp "$output/v2/report.md" "$output/smoothed_l2.md"
    # Whether a gradient of more draws leaves less.
    for draws in 1 5 20 50; do
        sesr robustness $v2 $set -o "$output/v2" --first 10 --batch 10 --draws 100 \
            --threat adaptive --attacks pgd:20 --eot $draws --epsilons 0.5 --defense "$attacked"
        cp "$output/v2/report.md" "$output/eot_$draws.md"
    done
    for npu in ethos-u55-256 ethos-u85-1024; do
        sesr export --defense --smoothed "$near" --target $npu -o "$output/$npu" --overwrite \
            --classifier-weights "$weights/mobilenet_v2_1.0_224.weights.h5"
    done
    python "$(dirname "$0")/npu/votes.py" "$near" "$photos" \
        "$weights/mobilenet_v2_1.0_224.weights.h5" --first 60 --draws 10
}
