// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" --cse | FileCheck %s

// Tiles of six rows of two vectors. Panels of keys, transposed, and of values
// follow each other: the next step along a sum is a panel's width further on.
// CHECK-LABEL: func private @causal
// CHECK-SAME: (%[[Q:[^:]*]]: memref<2048xf32>, %[[K:[^:]*]]: memref<2048xf32>, %[[V:[^:]*]]: memref<2048xf32>,
// CHECK-SAME: mlc.tiles = 4
// CHECK: scf.for {{.*}} step %c6
// CHECK: %{{.*}}:14 = scf.for {{.*}} iter_args({{.*}}, %[[A:[^ ]*]] = %{{[^ ]*}}, %[[B:[^ ]*]] = %{{[^ ]*}}) -> ({{.*}}, index, index)
// CHECK: arith.addi %[[A]], %c1
// CHECK: arith.addi %[[B]], %c16
// CHECK: scf.yield
// Before the product of probabilities and values, as many rows and columns of
// the next head are fetched as a tile has.
// CHECK-COUNT-6: memref.prefetch %[[Q]][{{.*}}], read, locality<2>
// CHECK-COUNT-6: memref.prefetch %[[K]][{{.*}}], read, locality<2>
// CHECK-COUNT-6: memref.prefetch %[[V]][{{.*}}], read, locality<2>
// CHECK-NOT: memref.prefetch
// CHECK: %{{.*}}:14 = scf.for
func.func private @causal(%q: tensor<2x32x2x16xf32>, %k: tensor<2x32x2x16xf32>, %v: tensor<2x32x2x16xf32>) -> tensor<2x32x2x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind attention>, mlc.work = 262144 : i64} {
  %0, %1 = mlc.attention %q, %k, %v scale 0.25 causal : tensor<2x32x2x16xf32>, tensor<2x32x2x16xf32>, tensor<2x32x2x16xf32> -> tensor<2x32x2x16xf32>, tensor<2x2x32xf32>
  return %0 : tensor<2x32x2x16xf32>
}

// Heads that share keys walk a tile's rows several times: nothing is fetched.
// CHECK-LABEL: func private @grouped
// CHECK-NOT: locality<2>
// CHECK: return
func.func private @grouped(%q: tensor<2x32x4x16xf32>, %k: tensor<2x32x2x16xf32>, %v: tensor<2x32x2x16xf32>) -> tensor<2x32x4x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind attention>, mlc.work = 262144 : i64} {
  %0, %1 = mlc.attention %q, %k, %v scale 0.25 : tensor<2x32x4x16xf32>, tensor<2x32x2x16xf32>, tensor<2x32x2x16xf32> -> tensor<2x32x4x16xf32>, tensor<2x4x32xf32>
  return %0 : tensor<2x32x4x16xf32>
}
