"""Runs and times PyTorch's attention kernels for attnkit-bench.

Reads one JSON request a line from stdin and answers each with one line on stdout, so that the GPU is
used only while a request is under way. Requests: hello, check, prepare, measure, release, attend.
"""

import json
import math
import sys
from pathlib import Path

try:
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.functional import scaled_dot_product_attention as sdpa

    MISSING = None if torch.cuda.is_available() else 'PyTorch finds no GPU'
except ImportError as error:
    MISSING = f'Python has no PyTorch: {error}'

# More than the last-level cache of any GPU so far holds.
ROTATION_BYTES = 256 * 2**20
GRAPH_MS = 3.0
MAX_LAUNCHES = 1024
MIN_REPLAYS = 3
MAX_REPLAYS = 40
CHECK_TOLERANCE = 1e-3


def backends():
    """The kernels by the names of the result files."""
    return {
        'flash_attention_2': SDPBackend.FLASH_ATTENTION,
        'cudnn': SDPBackend.CUDNN_ATTENTION,
        'cutlass_memory_efficient': SDPBackend.EFFICIENT_ATTENTION,
    }


def heads_first(x):
    """(B, S, N, H) as the (B, N, S, H) view that PyTorch wants; nothing is moved."""
    return x.transpose(1, 2)


def make_inputs(shape, generator):
    """Q, K and V as views of the buffers that the format has: packed forms stay packed.

    Against a cache, (B, N, S, H) as they are held.
    """
    b, s, n, h = shape['batch'], shape['seqlen'], shape['num_heads'], shape['head_dim']
    dtype = getattr(torch, shape['dtype'])

    def normal(*size):
        return torch.randn(*size, device='cuda', dtype=torch.float32, generator=generator).to(dtype)

    if 'seqlen_k' in shape:
        held = (b, shape['num_heads_kv'], shape['seqlen_k'], h)
        return normal(b, n, s, h), normal(*held), normal(*held)
    if shape['format'] == 'QKV':
        packed = normal(b, s, n, 3, h)
        return tuple(heads_first(packed[:, :, :, i]) for i in range(3))
    if shape['format'] == 'Q,KV':
        q, packed = normal(b, s, n, h), normal(b, s, n, 2, h)
        return (heads_first(q), *(heads_first(packed[:, :, :, i]) for i in range(2)))
    return tuple(heads_first(normal(b, s, n, h)) for _ in range(3))


def plain_call(q, k, v, causal):
    return sdpa(q, k, v, is_causal=causal)


def grouped_call(q, k, v, causal):
    """Query heads that share keys, told to PyTorch."""
    return sdpa(q, k, v, is_causal=causal, enable_gqa=True)


def stacked_call(q, k, v, causal):
    """Query heads that share keys as further queries of one head: the same work without a causal mask."""
    if causal:
        raise ValueError('stacked queries have no causal mask')
    return sdpa(q.reshape(k.size(0), k.size(1), -1, q.size(-1)), k, v)


def forms_of(shape):
    """The ways to ask for a row's work."""
    shares_keys = shape.get('num_heads_kv', shape['num_heads']) != shape['num_heads']
    return [grouped_call, stacked_call] if shares_keys else [plain_call]


def reason_of(error):
    """PyTorch refuses a shape by more than one type of error, some of them with a page of text."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def elapsed(run):
    """Milliseconds that the GPU spends in run()."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    run()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


class Kernel:
    """One kernel over rotating inputs, captured in a graph of many launches."""

    def __init__(self, backend, call, sets, causal):
        self.backend, self.call, self.sets, self.causal = backend, call, sets, causal
        # One output a set stays alive, so that writes rotate as reads do.
        self.outputs = [None] * len(sets)
        self.run_all(1)
        torch.cuda.synchronize()
        launch_ms = min(elapsed(lambda: self.run_all(1)) for _ in range(3)) / len(sets)
        rounds = math.ceil(GRAPH_MS / (launch_ms * len(sets)))
        self.rounds = max(1, min(rounds, MAX_LAUNCHES // len(sets)))
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.run_all(self.rounds)
        self.graph.replay()
        torch.cuda.synchronize()
        self.graph_ms = elapsed(self.graph.replay)

    def launch_ms(self):
        return self.graph_ms / (self.rounds * len(self.sets))

    def run_all(self, rounds):
        with sdpa_kernel(self.backend):
            for _ in range(rounds):
                for i, (q, k, v) in enumerate(self.sets):
                    self.outputs[i] = self.call(q, k, v, self.causal)

    def measure(self, block_ms):
        """Milliseconds of a launch, one sample a replay, after one that is not counted."""
        replays = min(MAX_REPLAYS, max(MIN_REPLAYS, round(block_ms / self.graph_ms)))
        events = [torch.cuda.Event(enable_timing=True) for _ in range(2 * replays)]
        self.graph.replay()
        for i in range(replays):
            events[2 * i].record()
            self.graph.replay()
            events[2 * i + 1].record()
        torch.cuda.synchronize()
        launches = self.rounds * len(self.sets)
        pairs = zip(events[::2], events[1::2])
        return [start.elapsed_time(end) / launches for start, end in pairs]


def fastest_kernel(backend, forms, sets, causal):
    """A kernel in the form that it is fastest in, or None with the reason why it takes none."""
    kernels, reason = [], None
    for form in forms:
        try:
            kernels.append(Kernel(backend, form, sets, causal))
        except Exception as error:
            reason = reason_of(error)
    if not kernels:
        return None, reason
    return min(kernels, key=Kernel.launch_ms), None


def read_inputs(directory, shape):
    """Q, K and V of files <name>.bin that hold the bits of (B, S, N, H)."""
    size = tuple(shape[key] for key in ('batch', 'seqlen', 'num_heads', 'head_dim'))
    dtype = getattr(torch, shape['dtype'])

    def read(name):
        bits = bytearray((directory / f'{name}.bin').read_bytes())
        return heads_first(torch.frombuffer(bits, dtype=dtype).reshape(size).cuda())

    return read('query'), read('key'), read('value')


def write_output(path, output):
    """The bits of an output as (B, S, N, H)."""
    tokens_first = heads_first(output).contiguous()
    path.write_bytes(tokens_first.view(torch.int16).cpu().numpy().tobytes())


class Peers:
    """The kernels of the row in hand."""

    def __init__(self):
        self.kernels = {}

    def hello(self, _request):
        return {
            'torch': torch.__version__,
            'cudnn': str(torch.backends.cudnn.version()),
            'device': torch.cuda.get_device_name(),
        }

    def check(self, _request):
        """Compares FlashAttention-2 with float64 arithmetic on a small shape."""
        shape = {'batch': 2, 'seqlen': 200, 'num_heads': 3, 'head_dim': 64, 'dtype': 'float16'}
        generator = torch.Generator('cuda').manual_seed(1)
        q, k, v = make_inputs({**shape, 'format': 'QKV'}, generator)
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            actual = sdpa(q, k, v).double()
        scores = q.double() @ k.double().transpose(-1, -2) / math.sqrt(shape['head_dim'])
        expected = scores.softmax(-1) @ v.double()
        error = float((actual - expected).norm() / expected.norm())
        if not error < CHECK_TOLERANCE:
            raise ValueError(f'FlashAttention-2 differs from the reference by {error:.1e}')
        return {'rel_error': error}

    def prepare(self, request):
        self.release(request)
        generator = torch.Generator('cuda').manual_seed(request['seed'])
        sets = [make_inputs(request, generator)]
        # The output is as large as Q.
        set_bytes = sum(tensor.nbytes for tensor in (*sets[0], sets[0][0]))
        count = max(2, ROTATION_BYTES // set_bytes + 1)
        sets += [make_inputs(request, generator) for _ in range(count - 1)]
        failures = {}
        for name, backend in backends().items():
            forms = forms_of(request)
            kernel, failures[name] = fastest_kernel(backend, forms, sets, request['causal'])
            if kernel is not None:
                self.kernels[name] = kernel
        torch.cuda.synchronize()
        return {'peers': failures}

    def measure(self, request):
        return {'samples': self.kernels[request['peer']].measure(request['block_ms'])}

    def release(self, _request):
        self.kernels.clear()
        torch.cuda.empty_cache()
        return {}

    def attend(self, request):
        """Writes what each kernel computes of inputs in files, as <directory>/<kernel>.bin."""
        directory = Path(request['directory'])
        q, k, v = read_inputs(directory, request)
        failures = {}
        for name, backend in backends().items():
            try:
                with sdpa_kernel(backend):
                    output = sdpa(q, k, v, is_causal=request['causal'])
                write_output(directory / f'{name}.bin', output)
                failures[name] = None
            except Exception as error:
                failures[name] = reason_of(error)
        return {'peers': failures}


def answer(peers, line):
    try:
        request = json.loads(line)
        if MISSING:
            return {'ok': False, 'reason': MISSING}
        return {'ok': True, **getattr(peers, request['op'])(request)}
    except Exception as error:  # The other side must always get its line.
        return {'ok': False, 'reason': f'{type(error).__name__}: {error}'}


def main():
    peers = Peers()
    for line in sys.stdin:
        print(json.dumps(answer(peers, line)), flush=True)


if __name__ == '__main__':
    main()
