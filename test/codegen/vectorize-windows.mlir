// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" --canonicalize --cse | FileCheck %s
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels | FileCheck %s --check-prefix=NONE --implicit-check-not=memref.alloc --implicit-check-not=memref.copy --implicit-check-not=tensor
// NONE: func private @max

// A window of four elements, in registers; none lies at a border.
// CHECK-LABEL: func private @max
// CHECK-SAME: (%[[X:[^:]*]]: memref<256xf32>, %[[OUT:[^:]*]]: memref<64xf32>,
// CHECK-SAME: mlc.scratch = 0
// CHECK-COUNT-4: vector.load %[[X]]{{.*}} vector<8xf32>
// CHECK: %[[M:.*]] = arith.maximumf {{.*}} fastmath<nsz>
// CHECK: %[[T:.*]] = math.tanh %[[M]]
// CHECK: vector.store %[[T]], %[[OUT]]
// CHECK-NOT: vector.load
// CHECK: return
func.func private @max(%x: tensor<2x4x4x8xf32>) -> tensor<2x2x2x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind window>, mlc.work = 320 : i64} {
  %0 = mlc.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x4x4x8xf32> -> tensor<2x2x2x8xf32>
  %1 = mlc.tanh %0 : tensor<2x2x2x8xf32>
  return %1 : tensor<2x2x2x8xf32>
}

// The extremum is found once, its four places written.
// CHECK-LABEL: func private @select
// CHECK-SAME: (%[[X:[^:]*]]: memref<256xf32>, %[[G:[^:]*]]: memref<64xf32>, %[[OUT:[^:]*]]: memref<256xf32>,
// CHECK-SAME: mlc.scratch = 0
// CHECK-COUNT-4: vector.load %[[X]]
// CHECK: vector.load %[[G]]
// CHECK-NOT: vector.load
// CHECK-COUNT-4: vector.store %{{.*}}, %[[OUT]]
// CHECK-NOT: vector.store
// CHECK: return
func.func private @select(%x: tensor<2x4x4x8xf32>, %g: tensor<2x2x2x8xf32>) -> tensor<2x4x4x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind window>, mlc.work = 320 : i64} {
  %0 = mlc.select_window max %x, %g window [1, 2, 2, 1] strides [1, 2, 2, 1] low [0, 0, 0, 0] : tensor<2x4x4x8xf32>, tensor<2x2x2x8xf32> -> tensor<2x4x4x8xf32>
  return %0 : tensor<2x4x4x8xf32>
}

// Where windows overlap, extrema are found before, in the worker's memory: rows
// of windows for all places of the tile.
// CHECK-LABEL: func private @overlapping
// CHECK-SAME: mlc.scratch = 240
// CHECK: arith.bitcast {{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: arith.bitcast {{.*}} : vector<8xf32> to vector<8xi32>
// CHECK: arith.cmpi eq
func.func private @overlapping(%x: tensor<1x9x9x8xf32>, %g: tensor<1x5x5x8xf32>) -> tensor<1x9x9x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind window>, mlc.work = 320 : i64} {
  %0 = mlc.select_window max %x, %g window [1, 3, 3, 1] strides [1, 2, 2, 1] low [0, 1, 1, 0] : tensor<1x9x9x8xf32>, tensor<1x5x5x8xf32> -> tensor<1x9x9x8xf32>
  return %0 : tensor<1x9x9x8xf32>
}

// Without channels, lanes are rows of the batch.
// CHECK-LABEL: func private @batch
// CHECK: vector.gather
// CHECK: vector.scatter
func.func private @batch(%x: tensor<16x8x1xf32>) -> tensor<16x4x1xf32>
    attributes {mlc.kernel = #mlc<fusion_kind window>, mlc.work = 320 : i64} {
  %0 = mlc.reduce_window add %x window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<16x8x1xf32> -> tensor<16x4x1xf32>
  return %0 : tensor<16x4x1xf32>
}
