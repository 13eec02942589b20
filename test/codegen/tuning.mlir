// A tuned choice is followed: a tile of 2 rows of one vector.
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" | FileCheck %s
// A candidate is taken, and what it is is said.
// RUN: sed 's/mlc.tuning = {.*}$/mlc.candidate = 0 : i64}/' %s | mlc-opt --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" | FileCheck %s --check-prefix=OWN
// RUN: sed 's/mlc.tuning = {.*}$/mlc.candidate = 1 : i64}/' %s | mlc-opt --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" | FileCheck %s --check-prefix=FIRST
// What can't be followed is an error.
// RUN: sed 's/rows = 2/rows = 65/' %s | not mlc-opt --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" 2>&1 | FileCheck %s --check-prefix=MISFIT
// MISFIT: error: expected `rows` to be a multiple of 1 up to 64, found 65

// CHECK-LABEL: func private @product
// Beside two sums, positions in A and B are carried.
// CHECK: iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, index, index)
// OWN-LABEL: func private @product
// OWN-SAME: mlc.plans = [{block = 0 : i64, candidates = [[COUNT:[0-9]+]] : i64, chunk = {{[0-9]+}} : i64, contraction = "8 lanes: 64/48/0/32 32/0/1/1 48/1/32/0", packed = false
// FIRST-LABEL: func private @product
// FIRST-SAME: mlc.plans = [{block = 0 : i64
module attributes {mlc.tuning = {"8 lanes: 64/48/0/32 32/0/1/1 48/1/32/0" = {rows = 2 : i64, vectors = 1 : i64, packed = false, block = 0 : i64, chunk = 0 : i64}}}
{
func.func private @product(%a: tensor<64x48xf32>, %b: tensor<48x32xf32>) -> tensor<64x32xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 196608 : i64} {
  %0 = mlc.dot_general %a, %b batch [] x [] contract [1] x [0] : tensor<64x48xf32>, tensor<48x32xf32> -> tensor<64x32xf32>
  return %0 : tensor<64x32xf32>
}
}
