// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=256 vector-registers=16" | FileCheck %s

// 20 pixels a row by tiles of 4: the first and the last have a border and are
// variants of their own, those between are one loop. Nothing is copied or
// padded: the kernel has its operands, its result, and the range of tiles.
// CHECK-LABEL: func private @conv
// CHECK-SAME: memref<800xf32>, %{{[^:]*}}: memref<1152xf32>, %{{[^:]*}}: memref<6400xf32>, %{{[^:]*}}: index, %{{[^:]*}}: index, %{{[^:]*}}: index)
// CHECK-NOT: memref.alloc
// CHECK-NOT: vector.gather
// The first tile: all rows but one meet the kernel's first column.
// CHECK: arith.maxsi
// CHECK-NOT: memref.alloc
// CHECK: vector.store
// CHECK: return
func.func private @conv(%x: tensor<1x10x20x4xf32>, %w: tensor<3x3x4x32xf32>) -> tensor<1x10x20x32xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution %x, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<1x10x20x4xf32>, tensor<3x3x4x32xf32> -> tensor<1x10x20x32xf32>
  return %0 : tensor<1x10x20x32xf32>
}

// Enough channels: 2 x 2 pixels at a time, by 16 products. The first tile of work
// transforms the filter; then tiles of the image are transformed, the first and
// the last of a row with zeros for what is outside of it.
// CHECK-LABEL: func private @winograd
// CHECK-SAME: (%[[X:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[W:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[Y:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[SCRATCH:[^:]*]]: memref<{{[0-9]+}}xf32>
// CHECK-SAME: mlc.tiles = 10
// CHECK: scf.if
// CHECK-COUNT-9: vector.load %[[W]]
// CHECK-COUNT-16: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK: scf.if
// CHECK-COUNT-9: vector.load %[[X]]
// CHECK-NEXT: arith.negf
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.load %[[SCRATCH]]
// CHECK: memref.load %[[SCRATCH]]
// CHECK: scf.yield
// CHECK: vector.store %{{.*}}, %[[Y]]
// CHECK: return
func.func private @winograd(%x: tensor<2x10x20x16xf32>, %w: tensor<3x3x16x32xf32>) -> tensor<2x10x20x32xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution %x, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<2x10x20x16xf32>, tensor<3x3x16x32xf32> -> tensor<2x10x20x32xf32>
  return %0 : tensor<2x10x20x32xf32>
}

// The filter's sums over images are kept in scratch memory.
// CHECK-LABEL: func private @filter
// CHECK-SAME: mlc.scratch = {{[1-9]}}
func.func private @filter(%x: tensor<4x10x10x8xf32>, %g: tensor<4x10x10x16xf32>) -> tensor<3x3x8x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution_filter %x, %g strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<4x10x10x8xf32>, tensor<4x10x10x16xf32> -> tensor<3x3x8x16xf32>
  return %0 : tensor<3x3x8x16xf32>
}

// Enough channels: sums of 16 products of transformed tiles are added to scratch
// memory, and are transformed to 9 taps in the end. 32 tiles and more at a time:
// those of 4 images here.
// CHECK-LABEL: func private @winograd_filter
// CHECK-SAME: (%[[X:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[G:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[W:[^:]*]]: memref<{{[0-9]+}}xf32>, %[[SCRATCH:[^:]*]]: memref<{{[0-9]+}}xf32>
// CHECK-SAME: mlc.tiles = 1
// CHECK: scf.if
// CHECK-COUNT-9: vector.load %[[X]]
// CHECK: vector.load %[[G]]
// CHECK: %[[SUMS:.*]]:{{[0-9]+}} = scf.for {{.*}} iter_args
// CHECK: memref.load %[[SCRATCH]]
// CHECK: scf.yield
// CHECK: %[[SUM:.*]] = vector.load %[[SCRATCH]]
// CHECK-NEXT: arith.addf %[[SUM]], %[[SUMS]]#0
// CHECK-COUNT-16: vector.load %[[SCRATCH]]
// CHECK-COUNT-9: vector.store %{{.*}}, %[[W]]
// CHECK: return
func.func private @winograd_filter(%x: tensor<8x6x6x16xf32>, %g: tensor<8x6x6x32xf32>) -> tensor<3x3x16x32xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution_filter %x, %g strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<8x6x6x16xf32>, tensor<8x6x6x32xf32> -> tensor<3x3x16x32xf32>
  return %0 : tensor<3x3x16x32xf32>
}

// Depthwise: both operands are read as vectors.
// CHECK-LABEL: func private @depthwise
// CHECK-NOT: vector.broadcast %{{[0-9]+}} : f32
// CHECK: return
func.func private @depthwise(%x: tensor<2x6x6x16xf32>, %w: tensor<3x3x1x16xf32>) -> tensor<2x4x4x16xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution %x, %w strides [1, 1] low [0, 0] dilations [1, 1] groups 16 : tensor<2x6x6x16xf32>, tensor<3x3x1x16xf32> -> tensor<2x4x4x16xf32>
  return %0 : tensor<2x4x4x16xf32>
}

// What is added to the sums isn't in cache: it is fetched before they are made.
// The result takes its place.
// CHECK-LABEL: func private @far
// CHECK-SAME: (%{{[^:]*}}: memref<131072xf32>, %{{[^:]*}}: memref<576xf32>, %[[Y:[^:]*]]: memref<131072xf32>, %{{[^:]*}}: memref<131072xf32>
// CHECK: memref.prefetch %[[Y]][{{.*}}], write
// CHECK: scf.for {{.*}} iter_args
func.func private @far(%x: tensor<16x32x32x8xf32>, %w: tensor<3x3x8x8xf32>, %y: tensor<16x32x32x8xf32>) -> tensor<16x32x32x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.convolution %x, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<16x32x32x8xf32>, tensor<3x3x8x8xf32> -> tensor<16x32x32x8xf32>
  %1 = mlc.add %0, %y : tensor<16x32x32x8xf32>
  return %1 : tensor<16x32x32x8xf32>
}

// Windows over a convolution's result: a tile of work is an image. Two rows of it
// are made in the worker's memory, then windows are combined from there. The
// last row is in none: nobody makes it.
// CHECK-LABEL: func private @pooled
// CHECK-SAME: (%[[X:[^:]*]]: memref<4800xf32>, %{{[^:]*}}: memref<216xf32>, %[[OUT:[^:]*]]: memref<5120xf32>, %[[SCRATCH:[^:]*]]: memref<320xf32>
// CHECK: scf.for %[[BAND:.*]] = %{{.*}} to %c2{{(_[0-9]+)?}} step
// CHECK: %[[FIRST:.*]] = arith.muli %[[BAND]], %c2
// CHECK: scf.for %{{.*}} = %[[FIRST]] to
// CHECK-NOT: vector.store {{.*}}, %[[OUT]]
// CHECK: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK-NOT: memref.load %[[X]]
// CHECK: vector.load %[[SCRATCH]]
// CHECK: arith.maximumf
// CHECK: vector.store %{{.*}}, %[[OUT]]
// CHECK-NOT: memref.load %[[X]]
// CHECK: return
func.func private @pooled(%x: tensor<16x5x20x3xf32>, %w: tensor<3x3x3x8xf32>) -> tensor<16x2x20x8xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 345600 : i64} {
  %0 = mlc.convolution %x, %w strides [1, 1] low [1, 1] dilations [1, 1] groups 1 : tensor<16x5x20x3xf32>, tensor<3x3x3x8xf32> -> tensor<16x5x20x8xf32>
  %1 = mlc.reduce_window max %0 window [1, 2, 1, 1] strides [1, 2, 1, 1] low [0, 0, 0, 0] : tensor<16x5x20x8xf32> -> tensor<16x2x20x8xf32>
  return %1 : tensor<16x2x20x8xf32>
}
