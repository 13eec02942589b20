// RUN: mlc-opt %s --mlc-to-linalg --mlir-print-local-scope | FileCheck %s

// Functions that aren't kernels stay as they are.
// CHECK-LABEL: func @model
// CHECK: mlc.exp
func.func @model(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mlc.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func private @elementwise
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3xf32>, %[[Y:[^:]*]]: tensor<2x3xf32>)
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<2x3xf32>
// CHECK: %[[R:.*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
// CHECK-SAME: ins(%[[X]], %[[Y]] : {{.*}}) outs(%[[EMPTY]] :
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[B]] : f32
// CHECK-NEXT: linalg.yield %[[P]] : f32
// CHECK: return %[[R]]
func.func private @elementwise(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) -> tensor<2x3xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.mul %x, %y : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func private @rules
// CHECK: %[[MINUS:.*]] = arith.negf
// CHECK: %[[POWER:.*]] = math.exp %[[MINUS]]
// CHECK: %[[SUM:.*]] = arith.addf %[[ONE:.*]], %[[POWER]]
// CHECK: arith.divf %[[ONE]], %[[SUM]]
// CHECK: %[[ROOT:.*]] = math.sqrt
// CHECK: arith.divf %{{.*}}, %[[ROOT]]
// CHECK: arith.cmpf ogt
// CHECK: arith.cmpf olt
// CHECK-COUNT-2: arith.select
// CHECK-NOT: mlc.
func.func private @rules(%x: tensor<3xf32>) -> tensor<3xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.logistic %x : tensor<3xf32>
  %1 = mlc.rsqrt %0 : tensor<3xf32>
  %2 = mlc.sign %1 : tensor<3xf32>
  return %2 : tensor<3xf32>
}

// A maximum with a constant that isn't NaN is a comparison and a choice; else
// NaN comes through from both sides.
// CHECK-LABEL: func private @extrema
// CHECK: ^bb0(%[[X:.*]]: f32, %[[ZERO:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[C:.*]] = arith.cmpf ogt, %[[ZERO]], %[[X]]
// CHECK-NEXT: arith.select %[[C]], %[[ZERO]], %[[X]]
// CHECK: arith.minimumf
func.func private @extrema(%x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<3xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %zero = mlc.constant dense<0.0> : tensor<3xf32>
  %0 = mlc.max %x, %zero : tensor<3xf32>
  %1 = mlc.min %0, %y : tensor<3xf32>
  return %1 : tensor<3xf32>
}

// CHECK-LABEL: func private @choices
// CHECK: arith.sitofp %{{.*}} : i32 to f32
// CHECK: arith.cmpf une
// CHECK: arith.xori
// CHECK: arith.select
// CHECK: arith.extf %{{.*}} : f32 to f64
func.func private @choices(%x: tensor<3xf32>, %n: tensor<3xi32>) -> (tensor<3xf32>, tensor<3xf64>)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.convert %n : tensor<3xi32> -> tensor<3xf32>
  %1 = mlc.compare ne %x, %0 : tensor<3xf32> -> tensor<3xi1>
  %2 = mlc.not %1 : tensor<3xi1>
  %3 = mlc.select %2, %x, %0 : tensor<3xi1>, tensor<3xf32>
  %4 = mlc.convert %3 : tensor<3xf32> -> tensor<3xf64>
  return %3, %4 : tensor<3xf32>, tensor<3xf64>
}

// CHECK-LABEL: func private @sources
// CHECK: %[[I:.*]] = linalg.index 1 : index
// CHECK: arith.index_cast %[[I]] : index to i32
// CHECK: indexing_maps = [affine_map<(d0, d1) -> (0)>, affine_map<(d0, d1) -> (1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>]
// CHECK-COUNT-21: arith.xori
// CHECK: arith.shrui
// CHECK: arith.uitofp
// CHECK: arith.mulf
func.func private @sources(%key: tensor<2xi32>) -> (tensor<2x3xi32>, tensor<2x3xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.iota 1 : tensor<2x3xi32>
  %stream = mlc.constant dense<7> : tensor<i32>
  %1 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<2x3xf32>
  return %0, %1 : tensor<2x3xi32>, tensor<2x3xf32>
}

// CHECK-LABEL: func private @movement
// CHECK: indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>]
// CHECK: indexing_maps = [affine_map<(d0, d1) -> (d0, 0)>, affine_map<(d0, d1) -> (d0, d1)>]
// CHECK: indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>]
func.func private @movement(%x: tensor<4xf32>, %u: tensor<2x1xf32>, %y: tensor<3x2xf32>)
    -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x3xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.broadcast %x dims [1] : tensor<4xf32> -> tensor<2x4xf32>
  %1 = mlc.broadcast %u dims [0, 1] : tensor<2x1xf32> -> tensor<2x4xf32>
  %2 = mlc.transpose %y permutation [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  return %0, %1, %2 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func private @slice
// CHECK: tensor.extract_slice %{{.*}}[0, 1] [2, 3] [2, 3] : tensor<3x8xf32> to tensor<2x3xf32>
func.func private @slice(%x: tensor<3x8xf32>) -> tensor<2x3xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.slice %x offsets [0, 1] strides [2, 3] : tensor<3x8xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func private @pad
// CHECK: %[[ZEROS:.*]] = arith.constant dense<0.000000e+00> : tensor<4x5xf32>
// CHECK: tensor.insert_slice %{{.*}} into %[[ZEROS]][1, 0] [2, 3] [2, 1]
func.func private @pad(%x: tensor<2x3xf32>) -> tensor<4x5xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.pad %x low [1, 0] high [0, 2] interior [1, 0] : tensor<2x3xf32> -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// CHECK-LABEL: func private @concatenate
// CHECK: tensor.concat dim(0)
func.func private @concatenate(%x: tensor<7x5xf32>, %y: tensor<4x5xf32>) -> tensor<11x5xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.concatenate %x, %y dim 0 : tensor<7x5xf32>, tensor<4x5xf32> -> tensor<11x5xf32>
  return %0 : tensor<11x5xf32>
}

// CHECK-LABEL: func private @reductions
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<2xf32>
// CHECK: linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
// CHECK-SAME: outs(%[[ZERO]] :
// CHECK: arith.addf
// CHECK: %[[LEAST:.*]] = arith.constant dense<0xFF800000> : tensor<2xf32>
// CHECK: outs(%[[LEAST]] :
// CHECK: arith.maximumf
// CHECK: %[[MOST:.*]] = arith.constant dense<2147483647> : tensor<2xi32>
// CHECK: outs(%[[MOST]] :
// CHECK: arith.minsi
func.func private @reductions(%x: tensor<2x3xf32>, %n: tensor<2x3xi32>)
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi32>)
    attributes {mlc.kernel = #mlc<fusion_kind row>} {
  %0 = mlc.reduce add %x dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  %1 = mlc.reduce max %x dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  %2 = mlc.reduce min %n dims [1] : tensor<2x3xi32> -> tensor<2xi32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
}

// Batch dimensions first, then the free ones of each side; then the contracted.
// CHECK-LABEL: func private @contraction
// CHECK: affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d1, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d1, d4)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>
// CHECK-SAME: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]
// CHECK: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32):
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT: arith.addf %[[P]], %[[C]]
func.func private @contraction(%x: tensor<2x5x4x8xf32>, %y: tensor<2x6x4x8xf32>) -> tensor<2x4x5x6xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.dot_general %x, %y batch [0, 2] x [0, 2] contract [3] x [3]
    : tensor<2x5x4x8xf32>, tensor<2x6x4x8xf32> -> tensor<2x4x5x6xf32>
  return %0 : tensor<2x4x5x6xf32>
}

// The id is read at the place of the row, the table at the row of the id.
// CHECK-LABEL: func private @gather
// CHECK-SAME: (%[[T:[^:]*]]: tensor<9x4xf32>, %[[I:[^:]*]]: tensor<2x3xi32>)
// CHECK: linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>]
// CHECK-SAME: ins(%[[I]] : tensor<2x3xi32>)
// CHECK: %[[ROW:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: %[[COLUMN:.*]] = linalg.index 2
// CHECK: tensor.extract %[[T]][%[[ROW]], %[[COLUMN]]]
func.func private @gather(%t: tensor<9x4xf32>, %i: tensor<2x3xi32>) -> tensor<2x3x4xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.gather %t, %i : tensor<9x4xf32>, tensor<2x3xi32> -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func private @reverse
// CHECK: affine_map<(d0, d1) -> (-d0 + 1, d1)>
func.func private @reverse(%x: tensor<2x3xf32>) -> tensor<2x3xf32>
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>} {
  %0 = mlc.reverse %x dims [0] : tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// What is divided by a root and a positive number may be multiplied by an
// estimate; roots are numbers then. Nothing else is.
// CHECK-LABEL: func private @quotients
// CHECK: math.sqrt
// CHECK: arith.cmpf olt, %{{.*}} : f32
// CHECK: arith.select
// CHECK: arith.divf %{{.*}}, %{{.*}} fastmath<ninf,arcp,contract> : f32
// CHECK: arith.divf %{{[^ ]*}}, %{{[^ ]*}} : f32
func.func private @quotients(%m: tensor<8xf32>, %v: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 8 : i64} {
  %epsilon = mlc.constant dense<1.0e-7> : tensor<8xf32>
  %0 = mlc.sqrt %v : tensor<8xf32>
  %1 = mlc.add %0, %epsilon : tensor<8xf32>
  %2 = mlc.div %m, %1 : tensor<8xf32>
  %3 = mlc.div %m, %0 : tensor<8xf32>
  return %2, %3 : tensor<8xf32>, tensor<8xf32>
}
