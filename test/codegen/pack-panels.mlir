// RUN: mlc-opt %s --mlc-to-linalg --mlc-pack-panels -split-input-file | FileCheck %s
// RUN: mlc-opt %s --mlc-to-linalg --mlc-pack-panels --mlc-vectorize-kernels -split-input-file | FileCheck %s --check-prefix=VECTOR

// What is the same in all rounds is packed once before them; a kernel that is
// launched no more is gone.
// CHECK: func private @step.panels(%[[W:.*]]: tensor<40x100xf32>) -> tensor<2x40x64xf32>
// CHECK: linalg.pack %[[W]] padding_value(%{{.*}}) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [64]
// CHECK-NOT: func private @step(
// CHECK: func private @step.packed(%{{.*}}, %[[P:.*]]: tensor<2x40x64xf32>, %{{.*}}) -> tensor<32x100xf32>
// CHECK: %[[B:.*]] = linalg.unpack %[[P]] outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [64]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[B]] : tensor<32x40xf32>, tensor<40x100xf32>)
// CHECK-LABEL: func @forward
// CHECK: %[[PANELS:.*]] = mlc.launch @step.panels(%[[W:.*]]) : (tensor<40x100xf32>) -> tensor<2x40x64xf32>
// CHECK: mlc.scan 8 init({{.*}}) over({{.*}}) with(%[[W]], %[[PANELS]] : tensor<40x100xf32>, tensor<2x40x64xf32>)
// CHECK: mlc.launch @step.packed(%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<32x40xf32>, tensor<2x40x64xf32>, tensor<32x100xf32>)

// Of the last panel, part of a vector is there, and of another nothing: zeros.
// The product packs nothing itself.
// VECTOR-LABEL: func private @step.panels
// VECTOR-SAME: mlc.tiles = 2
// VECTOR: vector.maskedload
// VECTOR: vector.store
// VECTOR-LABEL: func private @step.packed
// VECTOR-SAME: memref<5120xf32>
// VECTOR-SAME: mlc.scratch = 0
func.func private @step(%h: tensor<32x40xf32>, %w: tensor<40x100xf32>, %x: tensor<32x100xf32>) -> tensor<32x100xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 256000 : i64} {
  %0 = mlc.dot_general %h, %w batch [] x [] contract [1] x [0] : tensor<32x40xf32>, tensor<40x100xf32> -> tensor<32x100xf32>
  %1 = mlc.add %0, %x : tensor<32x100xf32>
  return %1 : tensor<32x100xf32>
}
func.func private @shrink(%y: tensor<32x100xf32>) -> tensor<32x40xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 0 : i64} {
  %0 = mlc.slice %y offsets [0, 0] strides [1, 1] : tensor<32x100xf32> -> tensor<32x40xf32>
  return %0 : tensor<32x40xf32>
}
func.func @forward(%x: tensor<8x32x100xf32>, %h: tensor<32x40xf32>, %w: tensor<40x100xf32>) -> tensor<32x40xf32> {
  %0 = mlc.scan 8 init(%h : tensor<32x40xf32>) over(%x : tensor<8x32x100xf32>) with(%w : tensor<40x100xf32>) -> tensor<32x40xf32> {
  ^bb0(%c: tensor<32x40xf32>, %slice: tensor<32x100xf32>, %k: tensor<40x100xf32>):
    %1 = mlc.launch @step(%c, %k, %slice) : (tensor<32x40xf32>, tensor<40x100xf32>, tensor<32x100xf32>) -> tensor<32x100xf32>
    %2 = mlc.launch @shrink(%1) : (tensor<32x100xf32>) -> tensor<32x40xf32>
    mlc.yield %2 : tensor<32x40xf32>
  }
  return %0 : tensor<32x40xf32>
}

// -----

// What changes from round to round is not, nor what few rounds read.
// CHECK-NOT: panels
// CHECK-LABEL: func @moving
// CHECK: mlc.launch @step(
// CHECK: mlc.launch @step(
func.func private @step(%h: tensor<32x32xf32>, %w: tensor<32x32xf32>) -> tensor<32x32xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 65536 : i64} {
  %0 = mlc.dot_general %h, %w batch [] x [] contract [1] x [0] : tensor<32x32xf32>, tensor<32x32xf32> -> tensor<32x32xf32>
  return %0 : tensor<32x32xf32>
}
func.func @moving(%w: tensor<8x32x32xf32>, %h: tensor<32x32xf32>, %v: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = mlc.scan 8 init(%h : tensor<32x32xf32>) over(%w : tensor<8x32x32xf32>) with() -> tensor<32x32xf32> {
  ^bb0(%c: tensor<32x32xf32>, %slice: tensor<32x32xf32>):
    %1 = mlc.launch @step(%c, %slice) : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
    mlc.yield %1 : tensor<32x32xf32>
  }
  %2 = mlc.scan 2 init(%0 : tensor<32x32xf32>) over() with(%v : tensor<32x32xf32>) -> tensor<32x32xf32> {
  ^bb0(%c: tensor<32x32xf32>, %k: tensor<32x32xf32>):
    %1 = mlc.launch @step(%c, %k) : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
    mlc.yield %1 : tensor<32x32xf32>
  }
  return %2 : tensor<32x32xf32>
}
