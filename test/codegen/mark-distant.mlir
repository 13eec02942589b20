// RUN: mlc-opt %s --mlc-to-linalg --mlc-mark-distant | FileCheck %s
// RUN: mlc-opt %s --mlc-to-linalg --mlc-mark-distant --mlc-vectorize-kernels="vector-bits=512" | FileCheck %s --check-prefix=VECTOR
// RUN: mlc-opt %s --mlc-to-linalg --mlc-mark-distant --mlc-vectorize-kernels="vector-bits=256" | FileCheck %s --check-prefix=NARROW

// Of two results, one is read by the next kernel, one when 16 MiB have been
// read and written in between.
// CHECK-LABEL: func private @forward(
// CHECK-SAME: -> (tensor<64x1024xf32>, tensor<64x1024xf32> {mlc.distant})
// VECTOR-LABEL: func private @forward(
// VECTOR-SAME: %{{[^:]*}}: memref<4096xf32>, %{{[^:]*}}: memref<65536xf32>, %[[NEAR:[^:]*]]: memref<65536xf32>, %[[FAR:[^:]*]]: memref<65536xf32>
// VECTOR: vector.store %{{.*}}, %[[NEAR]][%{{[^]]*}}] : memref
// VECTOR: vector.store %{{.*}}, %[[FAR]][%{{[^]]*}}] {alignment = 64 : i64, nontemporal = true}
// VECTOR: llvm.call_intrinsic "llvm.x86.sse.sfence"

// A vector that is no whole line goes through the caches.
// NARROW-NOT: nontemporal
// NARROW-NOT: sfence
func.func private @forward(%x: tensor<64x64xf32>, %w: tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64x1024xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<64x64xf32>, tensor<64x1024xf32> -> tensor<64x1024xf32>
  %1 = mlc.mul %0, %0 : tensor<64x1024xf32>
  return %0, %1 : tensor<64x1024xf32>, tensor<64x1024xf32>
}

// Rows that do not end with a line.
// CHECK-LABEL: func private @uneven(
// CHECK-SAME: -> (tensor<64x1000xf32> {mlc.distant})
// VECTOR-LABEL: func private @uneven(
// VECTOR-NOT: nontemporal
// VECTOR: return
func.func private @uneven(%x: tensor<64x64xf32>, %w: tensor<64x1000xf32>) -> tensor<64x1000xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<64x64xf32>, tensor<64x1000xf32> -> tensor<64x1000xf32>
  return %0 : tensor<64x1000xf32>
}

// Of rows, those that are whole; not what is reduced of each.
// CHECK-LABEL: func private @rows(
// CHECK-SAME: -> (tensor<64x1024xf32> {mlc.distant}, tensor<64xf32> {mlc.distant})
// VECTOR-LABEL: func private @rows(
// VECTOR: vector.store {{.*}} nontemporal = true
// VECTOR: memref.store
// VECTOR: llvm.call_intrinsic "llvm.x86.sse.sfence"
func.func private @rows(%x: tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind row>} {
  %0 = mlc.reduce add %x dims [1] : tensor<64x1024xf32> -> tensor<64xf32>
  %1 = mlc.broadcast %0 dims [0] : tensor<64xf32> -> tensor<64x1024xf32>
  %2 = mlc.sub %x, %1 : tensor<64x1024xf32>
  return %2, %0 : tensor<64x1024xf32>, tensor<64xf32>
}

// What is carried is read in the next round; what is stacked, after the loop,
// which goes through 17 MiB.
// CHECK-LABEL: func private @step(
// CHECK-SAME: -> (tensor<64x1024xf32>, tensor<64x1024xf32> {mlc.distant})
func.func private @step(%h: tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64x1024xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.neg %h : tensor<64x1024xf32>
  %1 = mlc.mul %h, %h : tensor<64x1024xf32>
  return %0, %1 : tensor<64x1024xf32>, tensor<64x1024xf32>
}

func.func private @much(%x: tensor<2048x1024xf32>) -> tensor<2048x1024xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.neg %x : tensor<2048x1024xf32>
  return %0 : tensor<2048x1024xf32>
}

func.func private @back(%a: tensor<64x1024xf32>, %b: tensor<64x1000xf32>, %c: tensor<64x1024xf32>, %d: tensor<64xf32>) -> tensor<64x1024xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  return %a : tensor<64x1024xf32>
}

// What leaves the function is the caller's, who may read it at once.
// CHECK-LABEL: func private @last(
// CHECK-SAME: -> tensor<136x64x1024xf32> attributes
func.func private @last(%x: tensor<136x64x1024xf32>) -> tensor<136x64x1024xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.neg %x : tensor<136x64x1024xf32>
  return %0 : tensor<136x64x1024xf32>
}

func.func @program(%x: tensor<64x64xf32>, %w: tensor<64x1024xf32>, %v: tensor<64x1000xf32>, %m: tensor<2048x1024xf32>)
    -> (tensor<64x1024xf32>, tensor<2048x1024xf32>, tensor<136x64x1024xf32>) {
  %0:2 = mlc.launch @forward(%x, %w) : (tensor<64x64xf32>, tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64x1024xf32>)
  %1:2 = mlc.launch @rows(%0#0) : (tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64xf32>)
  %2 = mlc.launch @uneven(%x, %v) : (tensor<64x64xf32>, tensor<64x1000xf32>) -> tensor<64x1000xf32>
  %3 = mlc.launch @much(%m) : (tensor<2048x1024xf32>) -> tensor<2048x1024xf32>
  %4 = mlc.launch @back(%0#1, %2, %1#0, %1#1) : (tensor<64x1024xf32>, tensor<64x1000xf32>, tensor<64x1024xf32>, tensor<64xf32>) -> tensor<64x1024xf32>
  %5:2 = mlc.scan 136 init(%4 : tensor<64x1024xf32>) over() with() -> tensor<64x1024xf32>, tensor<136x64x1024xf32> {
  ^bb0(%h: tensor<64x1024xf32>):
    %8:2 = mlc.launch @step(%h) : (tensor<64x1024xf32>) -> (tensor<64x1024xf32>, tensor<64x1024xf32>)
    mlc.yield %8#0, %8#1 : tensor<64x1024xf32>, tensor<64x1024xf32>
  }
  %6 = mlc.launch @last(%5#1) : (tensor<136x64x1024xf32>) -> tensor<136x64x1024xf32>
  return %5#0, %3, %6 : tensor<64x1024xf32>, tensor<2048x1024xf32>, tensor<136x64x1024xf32>
}
