"""What students put into notebooks beside their answers, by habit or by mishap: none of it is an answer.

Each is a cell or several, which go in between any others. Whatever it does, the answers are as right as
before. note: what the student's page must tell of it, if anything. of_answers: whether it
also stands in the cell of an answer.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Habit:
    name: str
    cells: tuple[str, ...]
    note: str = ""
    of_answers: bool = False


def habit(name: str, *cells: str, note: str = "", of_answers: bool = False) -> Habit:
    return Habit(name, cells, note, of_answers)


MODEL = (
    "import keras\n"
    "m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation='softmax')])\n"
)
STOPPED = "and was stopped"
ENDED = "ended the kernel"
NOTHING = "does nothing while a notebook is graded"
LONG = "wrote more than is stored"

HABITS = (
    # installers, shells, magics
    habit("pip in the shell", "!pip install -q tensorflow-addons", note=NOTHING, of_answers=True),
    habit("pip by magic", "%pip install tensorflow==2.4", note=NOTHING, of_answers=True),
    habit("a listing", "!ls -la\n!nvidia-smi", note=NOTHING),
    habit("a listing in a variable", "names = !ls\nprint(len(names))", note=NOTHING),
    habit("bash", "%%bash\nwget https://example.org/data.zip\nunzip data.zip", note=NOTHING),
    habit(
        "Colab's version magic", "%tensorflow_version 2.x\nimport tensorflow as tf", note=NOTHING
    ),
    habit("TensorBoard", "%load_ext tensorboard\n%tensorboard --logdir logs", note=NOTHING),
    habit("inline plots", "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'"),
    habit("autoreload", "%load_ext autoreload\n%autoreload 2"),
    habit("timing", "%time sum(range(1000))", "%%timeit -n 1 -r 1\nsum(range(1000))"),
    # Colab
    habit(
        "the drive", "from google.colab import drive\ndrive.mount('/content/drive')", note=NOTHING
    ),
    habit(
        "a constant beside the drive",
        "from google.colab import files\nfiles.upload()\nRATE = 0.1",
        of_answers=True,
    ),
    habit("Colab's pictures", "from google.colab.patches import cv2_imshow"),
    # imports
    habit("SciPy", "import scipy.ndimage\nfrom scipy import stats", of_answers=True),
    habit("pandas", "import pandas as pd\npd.DataFrame({'a': [1, 2]}).describe()"),
    habit(
        "scikit-learn",
        "from sklearn.metrics import confusion_matrix\nconfusion_matrix([0, 1], [0, 1])",
    ),
    habit("seaborn", "import seaborn as sns\nsns.set_theme()"),
    habit("a progress bar", "from tqdm.auto import tqdm\nfor _ in tqdm(range(5)): pass"),
    habit(
        "a package that nobody has",
        "import tensorflow_addons as tfa",
        note=f"import tensorflow_addons as tfa {NOTHING}",
        of_answers=True,
    ),
    habit(
        "a package that nobody has, beside others",
        "import math, keras_tuner as kt\nfrom keras import layers as L\nSIZE = L.Dense(3).units",
        note=NOTHING,
    ),
    habit("a warning filter", "import warnings\nwarnings.filterwarnings('ignore')"),
    # ends of the kernel
    habit("a restart", "import os\nos.kill(os.getpid(), 9)", note=ENDED, of_answers=True),
    habit(
        "a gentle restart", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)", note=ENDED
    ),
    habit("exit", "exit()", note=NOTHING, of_answers=True),
    habit("quit", "quit"),
    habit("sys.exit", "import sys\nsys.exit(0)"),
    habit("an exit without farewell", "import os\nos._exit(1)", note=ENDED),
    habit("a shutdown", "get_ipython().kernel.do_shutdown(True)", note=NOTHING),
    habit("a crash", "import ctypes\nctypes.string_at(0)", note=ENDED),
    habit("an abort", "import os\nos.abort()", note=ENDED),
    # time
    habit("an endless loop", "n = 0\nwhile True:\n    n += 1", note=STOPPED, of_answers=True),
    habit("a sum without end", "total = 1\nsum(range(10**12))", note=STOPPED, of_answers=True),
    habit("a long sleep", "import time\ntime.sleep(1000)", note=STOPPED),
    habit(
        "a stubborn loop",
        "while True:\n    try:\n        while True: pass\n    except: pass",
        note=STOPPED,
    ),
    habit("a short sleep", "import time\ntime.sleep(0.5)"),
    habit("a question", "name = input('Your name? ')", of_answers=True),
    habit(
        "a file that is at home",
        "import numpy\nX = numpy.load('/home/me/cats.npy')",
        of_answers=True,
    ),
    habit("a debugger", "breakpoint()\n1 + 1"),
    # output
    habit("forty megabytes", "print('x' * 42_000_000)", of_answers=True),
    habit("twenty megabytes of errors", "import sys\nprint('x' * 20_000_000, file=sys.stderr)"),
    habit("many lines", "for i in range(20_000): print('epoch', i, 'loss', 0.1)"),
    habit("a long message", "raise ValueError('m' * 17_000_000)"),
    habit("a large value", "list(range(300_000))"),
    habit("a plot", "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"),
    habit("a hundred figures", "import matplotlib.pyplot as plt\nfor _ in range(30): plt.figure()"),
    habit("HTML", "from IPython.display import HTML\nHTML('<script>alert(1)</script>')"),
    habit("a widget", "import ipywidgets as widgets\nwidgets.IntSlider()"),
    # settings
    habit(
        "mixed precision",
        "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')",
        of_answers=True,
    ),
    habit("bfloat16", "import keras\nkeras.config.set_dtype_policy('mixed_bfloat16')"),
    habit("float64", "import keras\nkeras.config.set_floatx('float64')"),
    habit("channels first", "import keras\nkeras.config.set_image_data_format('channels_first')"),
    habit("graphs", "import tensorflow as tf\ntf.compat.v1.disable_eager_execution()"),
    habit(
        "seeds",
        "import random, keras\nrandom.seed(1)\nkeras.utils.set_random_seed(1)",
    ),
    habit("a cleared session", "import keras\nkeras.backend.clear_session()"),
    habit("warnings as errors", "import warnings\nwarnings.simplefilter('error')"),
    habit("floating-point errors", "import numpy\nnumpy.seterr(all='raise')"),
    habit("logging", "import logging\nlogging.basicConfig(level=logging.DEBUG)"),
    habit(
        "a timer",
        "import signal\ndef late(*_): raise TimeoutError\nsignal.signal(signal.SIGALRM, late)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.3)",
    ),
    habit(
        "a display that is updated",
        "h = display('epoch 0', display_id='progress')\nwhile True: pass",
        note=STOPPED,
    ),
    habit(
        "an upload",
        "from google.colab import files\nfor name in files.upload().keys(): print(name)",
    ),
    # names of the course's own
    habit("a name of the checks", "check = 3"),
    habit("the checks themselves", "from unittest.mock import Mock\ncheck = Mock()"),
    # errors and experiments
    habit("a syntax error", "def f(:\n    return"),
    habit("a name that is none", "print(undefined_name)"),
    habit("a failed assertion", "assert 1 == 2, 'todo'"),
    habit("an interrupted cell", "raise KeyboardInterrupt"),
    habit("a recursion", "def r(n): return r(n + 1)\nr(0)"),
    habit("a model of one's own", f"{MODEL}m.summary()"),
    habit(
        "training",
        f"{MODEL}import numpy as np\nm.compile('adam', 'mse')\nm.fit(np.zeros((8, 4)), np.zeros((8, 3)))",
    ),
    habit("a saved model", f"{MODEL}m.save('mine.keras')"),
    habit("a file", "open('notes.txt', 'w').write('x' * 10_000)"),
    habit("a large array", "import numpy\nbig = numpy.zeros((200, 1000, 1000), 'uint8')"),
    habit(
        "a thread",
        "import threading, time\nt = threading.Thread(target=time.sleep, args=(1,))\nt.start()",
    ),
    habit("a process", "import subprocess\nsubprocess.run(['echo', 'hello'])"),
    habit(
        "programs that go on",
        "import subprocess\nfor _ in range(4): subprocess.Popen(['yes'], stdout=subprocess.DEVNULL)",
    ),
    # what may spoil the session for answers that come later
    habit(
        "threads that spin",
        "import threading\ndef spin():\n    while True: pass\n"
        "for _ in range(2): threading.Thread(target=spin, daemon=True).start()",
    ),
    habit("a farewell", "import atexit\natexit.register(lambda: print('bye'))"),
    habit("a signal ignored", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"),
    habit("an alarm", "import signal\nsignal.alarm(1)"),
    habit(
        "a late interrupt",
        "import os, signal, threading\n"
        "threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()",
    ),
    habit(
        "giving up", "import sys\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    sys.exit('why?')"
    ),
    habit("shallow recursion", "import sys\nsys.setrecursionlimit(120)"),
    habit(
        "deep recursion",
        "import sys\nsys.setrecursionlimit(10**8)\ndef r(n): return r(n + 1)\nr(0)",
    ),
    habit(
        "another folder",
        "import os, shutil, tempfile\nos.chdir(d := tempfile.mkdtemp())\nshutil.rmtree(d)",
    ),
    habit("another backend of plots", "import matplotlib\nmatplotlib.use('TkAgg')"),
    habit(
        "a log file",
        "import logging\n"
        "logging.basicConfig(level=0, filename='log.txt', force=True)\nlogging.disable(50)",
    ),
    habit("no devices", "import tensorflow as tf\ntf.config.set_visible_devices([], 'CPU')"),
    habit(
        "functions run eagerly", "import tensorflow as tf\ntf.config.run_functions_eagerly(True)"
    ),
    habit(
        "NumPy's behaviour",
        "import tensorflow as tf\ntf.experimental.numpy.experimental_enable_numpy_behavior()",
    ),
    habit(
        "a strategy",
        "import tensorflow as tf\ntf.distribute.MirroredStrategy().scope().__enter__()",
    ),
    habit(
        "deleted files",
        "import os, shutil\nfor f in os.listdir('.'):\n"
        "    shutil.rmtree(f) if os.path.isdir(f) else os.remove(f)",
    ),
    habit("output into a text", "import io, sys\nsys.stdout = sys.stderr = io.StringIO()"),
    habit("no output at all", "import os, sys\nsys.stdout.close()\nos.close(1)"),
    habit(
        "tasks",
        "import asyncio\nasync def tick():\n    while True: await asyncio.sleep(0.01)\n"
        "task = asyncio.create_task(tick())\nawait asyncio.sleep(0.1)",
    ),
    habit("a loop that is stopped", "import asyncio\nasyncio.get_event_loop().stop()"),
    habit("no garbage collection", "import gc\ngc.disable()\ngc.set_threshold(1, 1, 1)"),
    habit(
        "a pool",
        "import multiprocessing\ndef double(x): return 2 * x\n"
        "with multiprocessing.Pool(2) as pool: print(pool.map(double, [1, 2]))",
    ),
    habit("two of us", "import os\nos.fork()"),
    habit("a name deleted", "del keras"),
    habit("all names deleted", "%reset -f"),
    habit("NumPy's name", "np = 3"),
    habit(
        "names of built-ins",
        "sum = 3; list = [1]; max = 5; len = 4; dict = {}; str = 'a'; type = 'x'",
    ),
    habit(
        "built-ins replaced",
        "import builtins\nbuiltins.sum = lambda *_: 0\nbuiltins.print = lambda *_, **__: None",
    ),
    habit(
        "NumPy patched",
        "import numpy as np\nnp.zeros = np.ones\nnp.sum = np.prod = lambda *_, **__: 1",
    ),
    habit("Keras patched", "import keras\nkeras.layers.Dense.call = None"),
    habit(
        "Keras imported anew",
        "import sys\n"
        "for name in [m for m in sys.modules if m.startswith('keras')]: del sys.modules[name]",
    ),
    habit("no environment", "import os\nos.environ.clear()"),
    habit("few files", "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))"),
    habit("a clock that stands", "import time\ntime.time = time.monotonic = lambda: 0"),
    habit("a hook that fails", "get_ipython().events.register('pre_run_cell', lambda *_: 1 / 0)"),
    habit("a trace", "import sys\nsys.settrace(lambda *_: None)"),
    habit("a module of that name", "%%writefile random.py\nraise RuntimeError('shadowed')"),
    habit("help", "help(len)\nlen?"),
    habit("an empty cell", "", "# nothing yet"),
)
