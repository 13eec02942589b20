// RUN: mlc-opt %s -split-input-file -verify-diagnostics

func.func @elementwise_shapes(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{operands/results must have the same shape and base type}}
  %0 = "mlc.add"(%x, %y) : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @unary_of_integers(%x: tensor<2xi32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of 32-bit float or 64-bit float values}}
  %0 = mlc.exp %x : tensor<2xi32>
  return
}

// -----

func.func @dynamic_shape(%x: tensor<?xf32>) {
  // expected-error @+1 {{must be statically shaped tensor}}
  %0 = mlc.neg %x : tensor<?xf32>
  return
}

// -----

func.func @iota_dimension() {
  // expected-error @+1 {{dimension: expected dimensions in [0, 2), found [2]}}
  %0 = mlc.iota 2 : tensor<2x3xi32>
  return
}

// -----

func.func @random_key(%key: tensor<3xi32>) {
  %stream = mlc.constant dense<0> : tensor<i32>
  // expected-error @+3 {{key does not fit}}
  // expected-note @+2 {{expected shape: [2]}}
  // expected-note @+1 {{found shape: [3]}}
  %0 = mlc.random %key stream %stream : tensor<3xi32>, tensor<i32> -> tensor<4xf32>
  return
}

// -----

func.func @broadcast_count(%x: tensor<3xf32>) {
  // expected-error @+1 {{expected 1 dims, one for each dimension; found [0, 1]}}
  %0 = mlc.broadcast %x dims [0, 1] : tensor<3xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @broadcast_order(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{dims: expected strictly increasing dimensions, found [1, 0]}}
  %0 = mlc.broadcast %x dims [1, 0] : tensor<3x4xf32> -> tensor<4x3xf32>
  return
}

// -----

func.func @broadcast_size(%x: tensor<3xf32>) {
  // expected-error @+1 {{operand dimension 0 of size 3 cannot become result dimension 1 of size 4}}
  %0 = mlc.broadcast %x dims [1] : tensor<3xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @broadcast_element(%x: tensor<3xf32>) {
  // expected-error @+1 {{requires the same element type for all operands and results}}
  %0 = mlc.broadcast %x dims [1] : tensor<3xf32> -> tensor<2x3xf64>
  return
}

// -----

func.func @reshape_count(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{expected as many elements as the operand's 12, found 10}}
  %0 = mlc.reshape %x : tensor<3x4xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @transpose_twice(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{permutation: dimension 0 occurs twice in [0, 0]}}
  %0 = mlc.transpose %x permutation [0, 0] : tensor<3x4xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @transpose_count(%x: tensor<3x4xf32>) {
  // expected-error @+1 {{expected 2 permutation entries, one for each dimension; found [0]}}
  %0 = mlc.transpose %x permutation [0] : tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @transpose_shape(%x: tensor<3x4xf32>) {
  // expected-error @+3 {{result does not fit}}
  // expected-note @+2 {{expected shape: [4, 3]}}
  // expected-note @+1 {{found shape: [3, 4]}}
  %0 = mlc.transpose %x permutation [1, 0] : tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @slice_bounds(%x: tensor<7xf32>) {
  // expected-error @+1 {{dimension 0 of size 7 has no 4 elements from 1 in steps of 2}}
  %0 = mlc.slice %x offsets [1] strides [2] : tensor<7xf32> -> tensor<4xf32>
  return
}

// -----

func.func @slice_stride(%x: tensor<7xf32>) {
  // expected-error @+1 {{dimension 0 of size 7 has no 2 elements from 0 in steps of 0}}
  %0 = mlc.slice %x offsets [0] strides [0] : tensor<7xf32> -> tensor<2xf32>
  return
}

// -----

func.func @slice_rank(%x: tensor<7x2xf32>) {
  // expected-error @+1 {{expected a result of rank 2, found 1}}
  %0 = mlc.slice %x offsets [0, 0] strides [1, 1] : tensor<7x2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @pad_negative(%x: tensor<7xf32>) {
  // expected-error @+1 {{high: expected no negative count, found -1; mlc.slice cuts elements off}}
  %0 = mlc.pad %x low [1] high [-1] interior [0] : tensor<7xf32> -> tensor<7xf32>
  return
}

// -----

func.func @pad_shape(%x: tensor<3xf32>) {
  // expected-error @+3 {{result does not fit}}
  // expected-note @+2 {{expected shape: [8]}}
  // expected-note @+1 {{found shape: [6]}}
  %0 = mlc.pad %x low [1] high [2] interior [1] : tensor<3xf32> -> tensor<6xf32>
  return
}

// -----

func.func @concatenate_other_sizes(%x: tensor<3x2xf32>, %y: tensor<3x3xf32>) {
  // expected-error @+3 {{operand 1 does not fit}}
  // expected-note @+2 {{expected shape: [6, 2]}}
  // expected-note @+1 {{found shape: [6, 3]}}
  %0 = mlc.concatenate %x, %y dim 0 : tensor<3x2xf32>, tensor<3x3xf32> -> tensor<6x2xf32>
  return
}

// -----

func.func @concatenate_rank(%x: tensor<3x2xf32>, %y: tensor<3xf32>) {
  // expected-error @+3 {{operand 1 does not fit}}
  // expected-note @+2 {{expected shape: [3, 2]}}
  // expected-note @+1 {{found shape: [3]}}
  %0 = mlc.concatenate %x, %y dim 0 : tensor<3x2xf32>, tensor<3xf32> -> tensor<6x2xf32>
  return
}

// -----

func.func @concatenate_result(%x: tensor<3x2xf32>) {
  // expected-error @+3 {{result does not fit}}
  // expected-note @+2 {{expected shape: [6, 2]}}
  // expected-note @+1 {{found shape: [7, 2]}}
  %0 = mlc.concatenate %x, %x dim 0 : tensor<3x2xf32>, tensor<3x2xf32> -> tensor<7x2xf32>
  return
}

// -----

func.func @concatenate_nothing() {
  // expected-error @+1 {{expected 1 or more operands, but found 0}}
  %0 = "mlc.concatenate"() <{dimension = 0 : i64}> : () -> tensor<7x2xf32>
  return
}

// -----

func.func @reduce_dimension(%x: tensor<3x2xf32>) {
  // expected-error @+1 {{dims: expected dimensions in [0, 2), found [-1]}}
  %0 = mlc.reduce add %x dims [-1] : tensor<3x2xf32> -> tensor<3xf32>
  return
}

// -----

func.func @reduce_shape(%x: tensor<3x2xf32>) {
  // expected-error @+3 {{result does not fit}}
  // expected-note @+2 {{expected shape: [3]}}
  // expected-note @+1 {{found shape: [2]}}
  %0 = mlc.reduce add %x dims [1] : tensor<3x2xf32> -> tensor<2xf32>
  return
}

// -----

func.func @dot_pairs(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error @+1 {{contract: dimension 1 of lhs has size 3, dimension 0 of rhs 4}}
  %0 = mlc.dot_general %x, %y batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  return
}

// -----

func.func @dot_counts(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error @+1 {{batch: expected as many dimensions of lhs as of rhs, found 1 and 0}}
  %0 = mlc.dot_general %x, %y batch [0] x [] contract [1] x [1] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x2xf32>
  return
}

// -----

func.func @dot_dimension_in_two_roles(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error @+1 {{lhs: dimension 0 occurs twice in [0, 0]}}
  %0 = mlc.dot_general %x, %y batch [0] x [0] contract [0] x [1] : tensor<2x3xf32>, tensor<2x3xf32> -> tensor<2x3xf32>
  return
}

// -----

func.func @dot_shape(%x: tensor<2x3xf32>, %y: tensor<3x5xf32>) {
  // expected-error @+3 {{result does not fit}}
  // expected-note @+2 {{expected shape: [2, 5]}}
  // expected-note @+1 {{found shape: [5, 2]}}
  %0 = mlc.dot_general %x, %y batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<3x5xf32> -> tensor<5x2xf32>
  return
}

// -----

func.func @gradient_of_vector(%x: tensor<2xf32>) {
  // expected-error @+3 {{loss does not fit}}
  // expected-note @+2 {{expected shape: []}}
  // expected-note @+1 {{found shape: [2]}}
  %0 = mlc.gradient %x wrt %x : tensor<2xf32> wrt tensor<2xf32>
  return
}

// -----

func.func @step_is_scalar(%x: tensor<2xf32>, %n: tensor<1xi64>) {
  // expected-error @+3 {{step does not fit}}
  // expected-note @+2 {{expected shape: []}}
  // expected-note @+1 {{found shape: [1]}}
  %0 = mlc.apply_gradient "sgd" "x" %x, %x, %n, {} : tensor<2xf32>, tensor<1xi64>
  return
}

// -----

func.func @fusion_arguments(%x: tensor<2xf32>) {
  // expected-error @+3 {{arguments of the body do not fit}}
  // expected-note @+2 {{expected types: 'tensor<2xf32>'}}
  // expected-note @+1 {{found types: 'tensor<3xf32>'}}
  %0 = mlc.fusion row "k"(%x) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>):
    mlc.yield %a : tensor<3xf32>
  }
  return
}

// -----

func.func @fusion_results(%x: tensor<2xf32>) {
  // expected-error @+3 {{yielded values do not fit}}
  // expected-note @+2 {{expected types: 'tensor<3xf32>'}}
  // expected-note @+1 {{found types: 'tensor<2xf32>'}}
  %0 = mlc.fusion row "k"(%x) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<2xf32>):
    mlc.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @launch_unknown(%x: tensor<2xf32>) {
  // expected-error @+1 {{expected a function named @kernel}}
  %0 = mlc.launch @kernel(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func private @kernel(tensor<3xf32>) -> tensor<2xf32>
func.func @launch_operands(%x: tensor<2xf32>) {
  // expected-error @+3 {{operands do not fit}}
  // expected-note @+2 {{expected types: 'tensor<3xf32>'}}
  // expected-note @+1 {{found types: 'tensor<2xf32>'}}
  %0 = mlc.launch @kernel(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @scan_length(%h: tensor<2xf32>) {
  // expected-error @+1 {{expected a positive length, found 0}}
  %0 = mlc.scan 0 init(%h : tensor<2xf32>) over() with() -> tensor<2xf32> {
  ^bb0(%c: tensor<2xf32>):
    mlc.yield %c : tensor<2xf32>
  }
  return
}

// -----

func.func @scan_arguments(%h: tensor<2xf32>, %x: tensor<3x2xf32>) {
  // expected-error @+1 {{expected a body of 2 arguments, found 1}}
  %0 = mlc.scan 3 init(%h : tensor<2xf32>) over(%x : tensor<3x2xf32>) with() -> tensor<2xf32> {
  ^bb0(%c: tensor<2xf32>):
    mlc.yield %c : tensor<2xf32>
  }
  return
}

// -----

func.func @scan_next(%h: tensor<2xf32>) {
  // expected-error @+1 {{expected to yield a next value for each of 1 carried ones, found 0}}
  %0 = mlc.scan 3 init(%h : tensor<2xf32>) over() with() -> tensor<2xf32> {
  ^bb0(%c: tensor<2xf32>):
    mlc.yield
  }
  return
}

// -----

func.func @scan_next_type(%h: tensor<2xf32>) {
  // expected-error @+3 {{next values 0 does not fit}}
  // expected-note @+2 {{expected type: 'tensor<2xf32>'}}
  // expected-note @+1 {{found type: 'tensor<2xi1>'}}
  %0 = mlc.scan 3 init(%h : tensor<2xf32>) over() with() -> tensor<2xf32> {
  ^bb0(%c: tensor<2xf32>):
    %0 = mlc.compare lt %c, %c : tensor<2xf32> -> tensor<2xi1>
    mlc.yield %0 : tensor<2xi1>
  }
  return
}

// -----

func.func @scan_slices(%x: tensor<4x2xf32>) {
  // expected-error @+3 {{inputs 0 does not fit}}
  // expected-note @+2 {{expected type: 'tensor<3x2xf32>'}}
  // expected-note @+1 {{found type: 'tensor<4x2xf32>'}}
  %0 = mlc.scan 3 init() over(%x : tensor<4x2xf32>) with() -> tensor<3x2xf32> {
  ^bb0(%s: tensor<2xf32>):
    mlc.yield %s : tensor<2xf32>
  }
  return
}

// -----

func.func @scan_outputs(%x: tensor<3x2xf32>) {
  // expected-error @+1 {{expected 2 of outputs, found 1}}
  %0 = mlc.scan 3 init() over(%x : tensor<3x2xf32>) with() -> tensor<3x2xf32> {
  ^bb0(%s: tensor<2xf32>):
    mlc.yield %s, %s : tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @attention_rank(%q: tensor<2x5x8xf32>, %k: tensor<2x5x2x8xf32>, %l: tensor<2x2x5xf32>) {
  // expected-error @+1 {{expected query, key and value of rank 4, found 3}}
  %0, %1 = mlc.attention %q, %k, %k scale 0.5 : tensor<2x5x8xf32>, tensor<2x5x2x8xf32>, tensor<2x5x2x8xf32> -> tensor<2x5x2x8xf32>, tensor<2x2x5xf32>
  return
}

// -----

func.func @attention_heads(%q: tensor<2x5x4x8xf32>, %k: tensor<2x5x3x8xf32>) {
  // expected-error @+1 {{expected heads of the query to be a multiple of those of the key, 3; found 4}}
  %0, %1 = mlc.attention %q, %k, %k scale 0.5 : tensor<2x5x4x8xf32>, tensor<2x5x3x8xf32>, tensor<2x5x3x8xf32> -> tensor<2x5x4x8xf32>, tensor<2x4x5xf32>
  return
}

// -----

func.func @bfloat16_of_doubles(%x: tensor<2x3xf64>, %y: tensor<3x5xf64>) {
  // expected-error @+1 {{rounds operands to bfloat16: expected them of f32, found 'f64'}}
  %0 = mlc.dot_general %x, %y batch [] x [] contract [1] x [0] {bfloat16} : tensor<2x3xf64>, tensor<3x5xf64> -> tensor<2x5xf64>
  return
}
