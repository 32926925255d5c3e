@rem As rustc-relaxed.sh.
@%* -C target-feature=+relaxed-simd
