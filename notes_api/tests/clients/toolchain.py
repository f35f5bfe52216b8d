"""Makes clients of `openapi.json` with the generators in CLIENT_TOOLS, and builds programs that use the server."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from notes_api.tests.edge.server import ROOT

DOCUMENT = ROOT / "openapi.json"
SOURCES = Path(__file__).parent
JAVA_OPTIONS = "hideGenerationTimestamp=true,openApiNullable=false,annotationLibrary=none,useJakartaEe=false"
# Seconds. A busy machine may take its time to start Java.
LIMIT = 300


class Tools:
    """The generators, which `make clients` has installed."""

    def __init__(self, directory):
        self.directory = Path(directory).resolve()
        self.build = self.directory / "build"

    def run(self, *command, **options):
        """Run a command, and return what it printed; fail if it fails."""
        done = subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=self.environment(),
            check=False,
            **options,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr

    def environment(self):
        path = f"{self.directory / 'bin'}{os.pathsep}{self.directory / 'node_modules' / '.bin'}{os.pathsep}"
        return {**os.environ, "PATH": path + os.environ["PATH"], "REDOCLY_TELEMETRY": "off"}

    def copy(self, script):
        """Return a copy of a script from which node finds the packages."""
        self.build.mkdir(exist_ok=True)
        return shutil.copy(script, self.build)

    def program(self, name):
        """Return the command of a client, made by one of `MAKERS` unless its sources are the same as the last time."""
        target, stamp = self.build / name, self.build / f"{name}.sha256"
        made_from = digest()
        if not stamp.exists() or stamp.read_text() != made_from:
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            MAKERS[name](self, target)
            stamp.write_text(made_from)
        return COMMANDS[name](self, target)

    def generate(self, generator, target, *options):
        self.run("openapi-generator-cli", "generate", "-i", DOCUMENT, "-g", generator, "-o", target, *options)

    @property
    def jar(self):
        """The generator for Java, which also contains the libraries that its clients need."""
        return next(self.directory.glob("lib/python*/site-packages/openapi_generator_cli/*.jar"))


def digest():
    """Identify what the programs are made from."""
    files = [DOCUMENT, *sorted(path for path in SOURCES.rglob("*") if path.is_file() and path.suffix != ".pyc")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def make_python_client(tools, target):
    command = ["openapi-python-client", "generate", "--meta", "none", "--path", DOCUMENT]
    tools.run(*command, "--output-path", target / "notes_client", cwd=target)


def make_generated_python(tools, target):
    tools.generate("python", target, "--package-name", "cloud_notes")


def make_java(tools, target):
    tools.generate("java", target, "--library", "native", "--additional-properties", JAVA_OPTIONS)
    sources = [*(target / "src" / "main").rglob("*.java"), *(SOURCES / "java").rglob("*.java")]
    tools.run("javac", "-nowarn", "-cp", tools.jar, "-d", target / "out", *sources)


def make_fetch(tools, target):
    tools.run("openapi-typescript", DOCUMENT, "-o", target / "schema.ts")
    build_typescript(tools, target, "fetch")


def make_generated_fetch(tools, target):
    tools.generate("typescript-fetch", target / "generated")
    build_typescript(tools, target, "generated_fetch")


def make_hey_api(tools, target):
    tools.run("openapi-ts", "-i", DOCUMENT, "-o", target / "hey", "--no-log-file", cwd=target)
    build_typescript(tools, target, "hey_api")


def build_typescript(tools, target, name):
    """Check the types of the program, and bundle it with what it imports."""
    for file in (f"{name}.ts", "expect.ts", "tsconfig.json"):
        shutil.copy(SOURCES / "typescript" / file, target)
    tools.run("tsc", "--noEmit", "-p", target)
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=error"]
    tools.run("esbuild", target / f"{name}.ts", *options, f"--outfile={target / 'out.mjs'}")


def python_command(script):
    return lambda tools, target: ["env", f"PYTHONPATH={target}", tools.directory / "bin" / "python", SOURCES / script]


MAKERS = {
    "openapi-python-client": make_python_client,
    "openapi-generator-python": make_generated_python,
    "openapi-generator-java": make_java,
    "openapi-generator-typescript-fetch": make_generated_fetch,
    "openapi-fetch": make_fetch,
    "hey-api": make_hey_api,
}
COMMANDS = {
    "openapi-python-client": python_command("python_client.py"),
    "openapi-generator-python": python_command("generated_python.py"),
    "openapi-generator-java": lambda tools, target: ["java", "-cp", f"{target / 'out'}:{tools.jar}", "Scenario"],
    **dict.fromkeys(
        ("openapi-generator-typescript-fetch", "openapi-fetch", "hey-api"),
        lambda _, target: ["node", target / "out.mjs"],
    ),
}
