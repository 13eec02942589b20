// RUN: mlc-opt %s --mlc-split-products -split-input-file | FileCheck %s

// A weight that the function updates is multiplied part by part.
// CHECK-LABEL: func @step
// CHECK-SAME: (%[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK: %[[L:.*]] = mlc.reshape %[[X]] : tensor<32x784xf32> -> tensor<32x4x196xf32>
// CHECK: %[[R:.*]] = mlc.reshape %[[W]] : tensor<784x128xf32> -> tensor<4x196x128xf32>
// CHECK: %[[P:.*]] = mlc.dot_general %[[L]], %[[R]] batch [1] x [0] contract [2] x [1] : {{.*}} -> tensor<4x32x128xf32>
// CHECK: %[[S:.*]] = mlc.reduce add %[[P]] dims [0] : tensor<4x32x128xf32> -> tensor<32x128xf32>
// CHECK: mlc.dot_general %[[X]], %[[S]] batch [] x [] contract [0] x [0]
func.func @step(%x: tensor<32x784xf32>, %w: tensor<784x128xf32>) -> (tensor<784x128xf32> {mlc.updates = 1 : i64}) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<32x784xf32>, tensor<784x128xf32> -> tensor<32x128xf32>
  %1 = mlc.dot_general %x, %0 batch [] x [] contract [0] x [0] : tensor<32x784xf32>, tensor<32x128xf32> -> tensor<784x128xf32>
  %2 = mlc.sub %w, %1 : tensor<784x128xf32>
  return %2 : tensor<784x128xf32>
}

// -----

// Nobody updates the weight: each thread keeps all of it in its cache.
// CHECK-LABEL: func @predict
// CHECK-NOT: mlc.reshape
// CHECK-NOT: mlc.reduce
func.func @predict(%x: tensor<32x784xf32>, %w: tensor<784x128xf32>) -> tensor<32x128xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<32x784xf32>, tensor<784x128xf32> -> tensor<32x128xf32>
  return %0 : tensor<32x128xf32>
}

// -----

// Many rows, a small weight, rows that are no four parts, another dimension.
// CHECK-LABEL: func @stays
// CHECK-NOT: mlc.reshape
// CHECK-NOT: mlc.reduce
func.func @stays(%x: tensor<256x784xf32>, %w: tensor<784x128xf32>, %y: tensor<32x128xf32>, %v: tensor<128x128xf32>,
                 %z: tensor<32x785xf32>, %u: tensor<785x128xf32>, %t: tensor<128x784xf32>)
    -> (tensor<784x128xf32> {mlc.updates = 1 : i64}, tensor<128x128xf32> {mlc.updates = 3 : i64},
        tensor<785x128xf32> {mlc.updates = 5 : i64}, tensor<128x784xf32> {mlc.updates = 6 : i64},
        tensor<256x128xf32>, tensor<32x128xf32>, tensor<32x128xf32>, tensor<256x128xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<256x784xf32>, tensor<784x128xf32> -> tensor<256x128xf32>
  %1 = mlc.dot_general %y, %v batch [] x [] contract [1] x [0] : tensor<32x128xf32>, tensor<128x128xf32> -> tensor<32x128xf32>
  %2 = mlc.dot_general %z, %u batch [] x [] contract [1] x [0] : tensor<32x785xf32>, tensor<785x128xf32> -> tensor<32x128xf32>
  %3 = mlc.dot_general %x, %t batch [] x [] contract [1] x [1] : tensor<256x784xf32>, tensor<128x784xf32> -> tensor<256x128xf32>
  %4 = mlc.neg %w : tensor<784x128xf32>
  %5 = mlc.neg %v : tensor<128x128xf32>
  %6 = mlc.neg %u : tensor<785x128xf32>
  %7 = mlc.neg %t : tensor<128x784xf32>
  return %4, %5, %6, %7, %0, %1, %2, %3 : tensor<784x128xf32>, tensor<128x128xf32>, tensor<785x128xf32>, tensor<128x784xf32>, tensor<256x128xf32>, tensor<32x128xf32>, tensor<32x128xf32>, tensor<256x128xf32>
}
