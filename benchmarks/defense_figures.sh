#!/bin/sh
# Make the published figures of the defense.
#
#     sh benchmarks/defense_figures.sh PHOTOS WEIGHTS OUTPUT [ENLARGER]
#
# PHOTOS holds images/ and labels.csv (400 photographs, 299x299), WEIGHTS the weights of
# MobileNetV2, OUTPUT gets tables and reports. Settings are chosen on photographs 201 to 300 and
# reported on the first 200. Takes an hour or two on two cores, most of it once: adversarial images
# and finished rows are kept in OUTPUT, and a run that was stopped goes on.
set -eu
photos=$1 weights=$2 output=$3
common="--classifier mobilenet_v2 --weights $weights/mobilenet_v2_1.0_224.weights.h5
    --images $photos/images --labels $photos/labels.csv -o $output"

# shellcheck disable=SC2086 # words of $common are meant to be split
{
    sesr robustness search $common --skip 200 --first 100 \
        --sizes 208,224,240 --qualities 75 --sigmas 0.02,0.04 --enlarger "${4:-sesr:M5:y}"
    sesr robustness compare $common --first 200 --attacks pgd --epsilons 2,8 --sizes 208,224
    sesr robustness compare $common --first 200 --attacks apgd --epsilons 2,8 --sizes 208,224
    sesr robustness compare $common --first 200 --attacks fgsm,pgd,apgd --epsilons 2,8 \
        --defenses "trained;default;sesr:M2:rgb,bicubic:208;bicubic:208"
    sesr robustness $common --first 50 --defense trained --attacks pgd --epsilons 2 \
        --threat noise,black-box,adaptive --queries 300
    sesr robustness $common --first 100 --attacks pgd --epsilons 2 \
        --threat gray-box,noise,adaptive
}
