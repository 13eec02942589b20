// RUN: mlc-opt %s --mlc-fuse | FileCheck %s

// CHECK-LABEL: func @pointwise
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>, %[[Y:[^:]*]]: tensor<4xf32>)
// CHECK-NEXT: %[[F:.*]] = mlc.fusion pointwise "output.tanh"(%[[X]], %[[Y]]) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>):
// CHECK-NEXT: %[[E:.*]] = mlc.exp %[[A]]
// CHECK-NEXT: %[[M:.*]] = mlc.mul %[[E]], %[[B]]
// CHECK-NEXT: %[[T:.*]] = mlc.tanh %[[M]]
// CHECK-NEXT: mlc.yield %[[T]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[F]]
func.func @pointwise(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mlc.exp %x : tensor<4xf32> loc("hidden")
  %1 = mlc.mul %0, %y : tensor<4xf32> loc("hidden")
  %2 = mlc.tanh %1 : tensor<4xf32> loc("output")
  return %2 : tensor<4xf32>
}

// A value that is needed outside is yielded beside the others.
// CHECK-LABEL: func @two_results
// CHECK: %[[F:.*]]:2 = mlc.fusion pointwise
// CHECK: %[[E:.*]] = mlc.exp
// CHECK: %[[T:.*]] = mlc.tanh
// CHECK: mlc.yield %[[E]], %[[T]]
// CHECK-NOT: mlc.fusion
// CHECK: return %[[F]]#0, %[[F]]#1
func.func @two_results(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mlc.exp %x : tensor<4xf32>
  %1 = mlc.tanh %0 : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// Softmax: both reductions, what is between and after.
// CHECK-LABEL: func @row
// CHECK: %[[F:.*]] = mlc.fusion row "softmax.reduce"(%{{[^,]*}}) : (tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK: mlc.reduce max
// CHECK: mlc.reduce add
// CHECK: mlc.div
// CHECK-NEXT: mlc.yield
// CHECK-NEXT: }
// CHECK-NEXT: return %[[F]]
func.func @row(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %max = mlc.reduce max %x dims [1] : tensor<4x8xf32> -> tensor<4xf32> loc("softmax")
  %0 = mlc.broadcast %max dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %1 = mlc.sub %x, %0 : tensor<4x8xf32>
  %2 = mlc.exp %1 : tensor<4x8xf32>
  %sum = mlc.reduce add %2 dims [1] : tensor<4x8xf32> -> tensor<4xf32>
  %3 = mlc.broadcast %sum dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %4 = mlc.div %2, %3 : tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// What feeds the sums, and what is done to them.
// CHECK-LABEL: func @column
// CHECK: %[[F:.*]] = mlc.fusion column "bias.reduce"
// CHECK: mlc.mul
// CHECK: mlc.reduce
// CHECK: mlc.sub
// CHECK-NEXT: mlc.yield
// CHECK-NEXT: }
// CHECK-NEXT: return %[[F]]
func.func @column(%x: tensor<8x4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mlc.mul %x, %x : tensor<8x4xf32>
  %1 = mlc.reduce add %0 dims [0] : tensor<8x4xf32> -> tensor<4xf32> loc("bias")
  %2 = mlc.sub %b, %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// What feeds the sums but is needed elsewhere too has a kernel of its own.
// CHECK-LABEL: func @column_of_shared
// CHECK: %[[E:.*]] = mlc.fusion pointwise
// CHECK: %[[S:.*]] = mlc.fusion column {{.*}}(%[[E]])
// CHECK: return %[[E]], %[[S]]
func.func @column_of_shared(%x: tensor<8x4xf32>) -> (tensor<8x4xf32>, tensor<4xf32>) {
  %0 = mlc.exp %x : tensor<8x4xf32>
  %1 = mlc.reduce add %0 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  return %0, %1 : tensor<8x4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @contraction
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x8xf32>, %[[W:[^:]*]]: tensor<8x2xf32>, %[[B:[^:]*]]: tensor<2xf32>)
// CHECK-NEXT: %[[F:.*]] = mlc.fusion contraction "dense.dot_general"(%[[X]], %[[W]], %[[B]])
// CHECK: mlc.dot_general
// CHECK: mlc.add
// CHECK: mlc.max
// CHECK-NEXT: mlc.yield
// CHECK-NEXT: }
// CHECK-NEXT: return %[[F]]
func.func @contraction(%x: tensor<4x8xf32>, %w: tensor<8x2xf32>, %b: tensor<2xf32>) -> tensor<4x2xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x8xf32>, tensor<8x2xf32> -> tensor<4x2xf32> loc("dense")
  %1 = mlc.broadcast %b dims [1] : tensor<2xf32> -> tensor<4x2xf32> loc("dense")
  %2 = mlc.add %0, %1 : tensor<4x2xf32> loc("dense")
  %zero = mlc.constant dense<0.0> : tensor<4x2xf32> loc("relu")
  %3 = mlc.max %2, %zero : tensor<4x2xf32> loc("relu")
  return %3 : tensor<4x2xf32>
}

// A product doesn't compute its operands: each would be computed many times.
// CHECK-LABEL: func @operands_of_products
// CHECK: %[[E:.*]] = mlc.fusion pointwise
// CHECK: %[[P:.*]] = mlc.fusion contraction {{.*}}(%[[E]], %{{[^,]*}})
// CHECK: %[[Q:.*]] = mlc.fusion contraction {{.*}}(%[[P]], %{{[^,]*}})
// CHECK: return %[[Q]]
func.func @operands_of_products(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = mlc.exp %x : tensor<4x4xf32>
  %1 = mlc.dot_general %0, %w batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %2 = mlc.dot_general %1, %w batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// Cheap ops are cloned into each kernel that reads them.
// CHECK-LABEL: func @copied
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>)
// CHECK-NEXT: %[[P:.*]] = mlc.fusion contraction {{.*}}(%{{.*}}, %{{.*}}, %[[B]])
// CHECK: mlc.broadcast
// CHECK: mlc.yield
// CHECK: %[[S:.*]] = mlc.fusion column {{.*}}(%[[P]], %[[B]])
// CHECK: mlc.broadcast
// CHECK: mlc.exp
// CHECK: return %[[P]], %[[S]]
func.func @copied(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>, %b: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<8xf32>) {
  %0 = mlc.broadcast %b dims [1] : tensor<8xf32> -> tensor<4x8xf32>
  %1 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<4x8xf32>, tensor<8x8xf32> -> tensor<4x8xf32>
  %2 = mlc.add %1, %0 : tensor<4x8xf32>
  %3 = mlc.mul %2, %0 : tensor<4x8xf32>
  %4 = mlc.reduce add %3 dims [0] : tensor<4x8xf32> -> tensor<8xf32>
  %5 = mlc.exp %0 : tensor<4x8xf32>
  %6 = mlc.reduce add %5 dims [0] : tensor<4x8xf32> -> tensor<8xf32>
  %7 = mlc.add %4, %6 : tensor<8xf32>
  return %3, %7 : tensor<4x8xf32>, tensor<8xf32>
}

// Random numbers are drawn where they are needed, but never for each row of a
// product's register tile.
// CHECK-LABEL: func @dropout_after_product
// CHECK: %[[P:.*]] = mlc.fusion contraction
// CHECK-NOT: mlc.random
// CHECK: mlc.fusion pointwise {{.*}}(%[[P]], %{{.*}})
// CHECK: mlc.random
// CHECK: mlc.mul
func.func @dropout_after_product(%x: tensor<4x4xf32>, %key: tensor<2xi32>) -> tensor<4x4xf32> {
  %0 = mlc.dot_general %x, %x batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %stream = mlc.constant dense<1> : tensor<i32>
  %1 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<4x4xf32>
  %2 = mlc.mul %0, %1 : tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// A reshape is a view of memory: what it views is written first.
// CHECK-LABEL: func @reshape
// CHECK: %[[E:.*]] = mlc.fusion pointwise
// CHECK: %[[V:.*]] = mlc.reshape %[[E]]
// CHECK: mlc.fusion pointwise {{.*}}(%[[V]])
func.func @reshape(%x: tensor<2x4xf32>) -> tensor<8xf32> {
  %0 = mlc.exp %x : tensor<2x4xf32>
  %1 = mlc.reshape %0 : tensor<2x4xf32> -> tensor<8xf32>
  %2 = mlc.tanh %1 : tensor<8xf32>
  return %2 : tensor<8xf32>
}

// exp and mul can't be one kernel: the product between them needs exp, and mul
// the product.
// CHECK-LABEL: func @no_cycle
// CHECK: %[[E:.*]] = mlc.fusion pointwise
// CHECK: %[[P:.*]] = mlc.fusion contraction {{.*}}(%{{[^,]*}}, %[[E]])
// CHECK: mlc.fusion pointwise {{.*}}(%[[P]], %[[E]])
// CHECK: mlc.transpose
// CHECK: mlc.mul
func.func @no_cycle(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = mlc.exp %x : tensor<4x4xf32>
  %1 = mlc.dot_general %w, %0 batch [] x [] contract [1] x [0] : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>
  %2 = mlc.transpose %1 permutation [1, 0] : tensor<4x4xf32> -> tensor<4x4xf32>
  %3 = mlc.mul %0, %2 : tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}

// A reduction of the last dimension and of the first is done in two steps.
// CHECK-LABEL: func @mixed_reduction
// CHECK: %[[R:.*]] = mlc.fusion row {{.*}} -> tensor<2x3xf32>
// CHECK: mlc.reduce add %{{.*}} dims [2]
// CHECK: mlc.fusion column {{.*}}(%[[R]])
// CHECK: mlc.reduce add %{{.*}} dims [0]
func.func @mixed_reduction(%x: tensor<2x3x4xf32>) -> tensor<3xf32> {
  %0 = mlc.reduce add %x dims [0, 2] : tensor<2x3x4xf32> -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// One of everything isn't mixed.
// CHECK-LABEL: func @full_reduction
// CHECK: mlc.fusion row {{.*}} -> tensor<f32>
// CHECK: mlc.exp
// CHECK: mlc.reduce add %{{.*}} dims [0, 1, 2]
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @full_reduction(%x: tensor<2x3x4xf32>) -> tensor<f32> {
  %0 = mlc.exp %x : tensor<2x3x4xf32>
  %1 = mlc.reduce add %0 dims [0, 1, 2] : tensor<2x3x4xf32> -> tensor<f32>
  return %1 : tensor<f32>
}

// A product that sums nothing is elementwise.
// CHECK-LABEL: func @outer_product
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3xf32>, %[[Y:[^:]*]]: tensor<4x2xf32>)
// CHECK: %[[T:.*]] = mlc.fusion pointwise {{.*}}(%[[Y]])
// CHECK: mlc.transpose %{{.*}} permutation [1, 0]
// CHECK: mlc.fusion pointwise {{.*}}(%[[X]], %[[T]])
// CHECK: ^bb0(%[[A:.*]]: tensor<2x3xf32>, %[[B:.*]]: tensor<2x4xf32>):
// CHECK: %[[L:.*]] = mlc.broadcast %[[A]] dims [0, 1] : tensor<2x3xf32> -> tensor<2x3x4xf32>
// CHECK: %[[R:.*]] = mlc.broadcast %[[B]] dims [0, 2] : tensor<2x4xf32> -> tensor<2x3x4xf32>
// CHECK: mlc.mul %[[L]], %[[R]]
func.func @outer_product(%x: tensor<2x3xf32>, %y: tensor<4x2xf32>) -> tensor<2x3x4xf32> {
  %0 = mlc.dot_general %x, %y batch [0] x [1] contract [] x [] : tensor<2x3xf32>, tensor<4x2xf32> -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// What is added to rows is computed by the kernel that adds it.
// CHECK-LABEL: func @rows
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[I:[^:]*]]: tensor<3xi32>, %[[U:[^:]*]]: tensor<3x4xf32>)
// CHECK-NEXT: mlc.fusion scatter "words.scatter_add"(%[[U]], %[[T]], %[[I]])
// CHECK: mlc.mul
// CHECK: mlc.scatter_add
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @rows(%t: tensor<9x4xf32>, %i: tensor<3xi32>, %u: tensor<3x4xf32>) -> tensor<9x4xf32> {
  %0 = mlc.mul %u, %u : tensor<3x4xf32>
  %1 = mlc.scatter_add %t, %i, %0 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32> loc("words")
  return %1 : tensor<9x4xf32>
}

// The table may change in place: nothing else in the kernel reads it.
// CHECK-LABEL: func @rows_of_the_changed_table
// CHECK: mlc.fusion pointwise
// CHECK: mlc.gather
// CHECK: mlc.fusion scatter
// CHECK-NOT: mlc.gather
// CHECK: return
func.func @rows_of_the_changed_table(%t: tensor<9x4xf32>, %i: tensor<3xi32>) -> tensor<9x4xf32> {
  %0 = mlc.gather %t, %i : tensor<9x4xf32>, tensor<3xi32> -> tensor<3x4xf32>
  %1 = mlc.scatter_add %t, %i, %0 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  return %1 : tensor<9x4xf32>
}

// A bag of rows: looked up and summed in one pass.
// CHECK-LABEL: func @bag
// CHECK-NEXT: mlc.fusion column
// CHECK: mlc.gather
// CHECK: mlc.reduce
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @bag(%t: tensor<9x4xf32>, %i: tensor<2x3xi32>) -> tensor<2x4xf32> {
  %0 = mlc.gather %t, %i : tensor<9x4xf32>, tensor<2x3xi32> -> tensor<2x3x4xf32>
  %1 = mlc.reduce add %0 dims [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// Several dimensions are walked as one: what repeats along one of them is in
// memory before.
// CHECK-LABEL: func @sum_of_repeated
// CHECK: %[[B:.*]] = mlc.fusion pointwise
// CHECK: mlc.broadcast
// CHECK: mlc.fusion row {{.*}}(%[[B]])
func.func @sum_of_repeated(%x: tensor<3xf32>) -> tensor<2xf32> {
  %0 = mlc.broadcast %x dims [1] : tensor<3xf32> -> tensor<2x3x4xf32>
  %1 = mlc.reduce add %0 dims [1, 2] : tensor<2x3x4xf32> -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// Slices that are put together are read where they are.
// CHECK-LABEL: func @slices_put_together
// CHECK: mlc.fusion pointwise
// CHECK: mlc.slice
// CHECK: mlc.slice
// CHECK: mlc.concatenate
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @slices_put_together(%x: tensor<8x40xf32>) -> tensor<8x21xf32> {
  %0 = mlc.slice %x offsets [0, 1] strides [1, 1] : tensor<8x40xf32> -> tensor<8x16xf32>
  %1 = mlc.slice %x offsets [0, 30] strides [1, 2] : tensor<8x40xf32> -> tensor<8x5xf32>
  %2 = mlc.concatenate %0, %1 dim 1 : tensor<8x16xf32>, tensor<8x5xf32> -> tensor<8x21xf32>
  return %2 : tensor<8x21xf32>
}

// The product is stored for another kernel. What only a sum takes from it is
// computed where the sum reads it, not stored beside it; sums of the same are
// one kernel.
// CHECK-LABEL: func @sums_of_stored
// CHECK: %[[P:.*]] = mlc.fusion contraction {{.*}}(%arg0, %arg1)
// CHECK: mlc.dot_general
// CHECK-NEXT: mlc.yield
// CHECK: %[[S:.*]]:2 = mlc.fusion column {{.*}}(%[[P]], %arg2)
// CHECK: mlc.reduce
// CHECK: mlc.mul
// CHECK: mlc.reduce
// CHECK-NEXT: mlc.yield
// CHECK: mlc.fusion pointwise {{.*}}(%[[P]], %[[S]]#
func.func @sums_of_stored(%x: tensor<8x6xf32>, %w: tensor<6x4xf32>, %y: tensor<8x4xf32>) -> (tensor<8x4xf32>, tensor<4xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x6xf32>, tensor<6x4xf32> -> tensor<8x4xf32>
  %1 = mlc.reduce add %0 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  %2 = mlc.mul %0, %y : tensor<8x4xf32>
  %3 = mlc.reduce add %2 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  %4 = mlc.broadcast %1 dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %5 = mlc.sub %0, %4 : tensor<8x4xf32>
  return %5, %3 : tensor<8x4xf32>, tensor<4xf32>
}

// A product that only the sum reads is in registers when it is squared.
// CHECK-LABEL: func @sum_of_squares
// CHECK: %[[P:.*]] = mlc.fusion contraction
// CHECK: mlc.mul
// CHECK-NEXT: mlc.yield
// CHECK: mlc.fusion column {{.*}}(%[[P]])
func.func @sum_of_squares(%x: tensor<8x6xf32>, %w: tensor<6x4xf32>) -> tensor<4xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x6xf32>, tensor<6x4xf32> -> tensor<8x4xf32>
  %1 = mlc.mul %0, %0 : tensor<8x4xf32>
  %2 = mlc.reduce add %1 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
