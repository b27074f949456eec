using System.ComponentModel;
using System.Globalization;
using System.Text;
using Polydev.McpTunnel.Processes;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Processes;

/// <summary>With the machine's own shell as the child.</summary>
internal sealed class CliProcessTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new TemporaryFolder();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public async Task StartAsync_Child_HasTheGivenEnvironmentAndFolderOnly()
    {
        await using var process = await StartAsync("env; pwd", ("PATH", "/usr/bin:/bin"), ("NAME", "value"));

        var lines = await ReadAllAsync(process);

        Assert.That(lines[^1], Is.EqualTo(_folder.FullName));
        Assert.That(lines[..^1].Select(line => line.Split('=')[0]), Is.SubsetOf(new[] { "PATH", "NAME", "PWD", "SHLVL", "_", "OLDPWD" }));
        Assert.That(lines, Does.Contain("NAME=value"));
    }

    [Test]
    public async Task WriteLineAsync_SeveralWriters_KeepLinesWhole()
    {
        await using var process = await StartAsync("cat");
        var lines = Enumerable.Range(0, 50).Select(number => new string((char)('a' + (number % 26)), 5000)).ToList();

        var writing = Task.WhenAll(lines.Select(line => process.WriteLineAsync(Encoding.UTF8.GetBytes(line), CancellationToken.None)));
        var read = new List<string>();
        while (read.Count < lines.Count)
        {
            read.Add(Encoding.UTF8.GetString((await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout())!));
        }

        await writing.DefaultTimeout();
        Assert.That(read, Is.EquivalentTo(lines));
    }

    [Test]
    public async Task ReadAsync_CancelledWhileTheChildIsSilent_EndsAtOnce()
    {
        await using var process = await StartAsync("exec sleep 60");
        using var cancel = new CancellationTokenSource();
        var reading = process.Output.ReadAsync(cancel.Token).AsTask();
        Assert.That(reading.IsCompleted, Is.False);

        await cancel.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => reading.DefaultTimeout());
    }

    [Test]
    public async Task WriteLineAsync_CancelledWhileTheChildDoesNotRead_EndsAtOnce()
    {
        await using var process = await StartAsync("exec sleep 60");
        using var cancel = new CancellationTokenSource();
        var writing = process.WriteLineAsync(new byte[4_000_000], cancel.Token);
        Assert.That(writing.IsCompleted, Is.False);

        await cancel.CancelAsync();

        Assert.CatchAsync<OperationCanceledException>(() => writing.DefaultTimeout());
    }

    [Test]
    public async Task WriteLineAsync_ChildGone_Throws()
    {
        await using var process = await StartAsync("exit 3");
        await process.WaitForExitAsync(CancellationToken.None).DefaultTimeout();

        Assert.ThrowsAsync<IOException>(() => process.WriteLineAsync("hello"u8.ToArray(), CancellationToken.None).DefaultTimeout());
    }

    // Its pipe would stay open until the next collection: a tunnel that works hard would run out of handles before.
    [Test]
    public async Task DisposeAsync_OutputNotReadToItsEnd_ClosesIt()
    {
        var process = await StartAsync("echo one; exec sleep 60");
        await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout();

        await process.DisposeAsync();

        Assert.CatchAsync<ObjectDisposedException>(() => process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout());
    }

    [Test]
    public async Task WaitForExitAsync_ChildThatComplained_LeavesItsLastLine()
    {
        await using var process = await StartAsync("echo first >&2; echo '  the cause ' >&2; echo >&2; exit 1");

        await process.WaitForExitAsync(CancellationToken.None).DefaultTimeout();

        Assert.That(process.HasExited, Is.True);
        Assert.That(process.ErrorTail.LastLine, Is.EqualTo("the cause"));
    }

    [Test]
    public void StartAsync_NoSuchProgram_Throws() =>
        Assert.ThrowsAsync<Win32Exception>(() => CliProcess.StartAsync(Launch(_folder.File("nothing"))).DefaultTimeout());

    [TestCase("exec sleep 60", TestName = "{m}(polite)")]
    [TestCase("trap '' TERM; while :; do sleep 1; done", TestName = "{m}(deaf to SIGTERM)")]
    [TestCase("sleep 60 & sleep 60", TestName = "{m}(with children)")]
    public async Task DisposeAsync_RunningChild_EndsItAndWhatItStarted(string script)
    {
        var marker = _folder.FullName;
        var process = await StartAsync($"echo $$; {script}", ("PATH", "/usr/bin:/bin"), ("MARKER", marker));
        var id = int.Parse(
            Encoding.UTF8.GetString((await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout())!),
            CultureInfo.InvariantCulture);
        Assert.That(id, Is.EqualTo(process.Id), "what stands before the program is replaced by it");

        await process.DisposeAsync().AsTask().DefaultTimeout();

        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(marker), TimeSpan.FromSeconds(2));
    }

    [Test]
    public async Task Kill_RunningChild_EndsItAndWhatItStarted()
    {
        var marker = _folder.FullName;
        await using var process = await StartAsync("sleep 60 & echo on; sleep 60", ("PATH", "/usr/bin:/bin"), ("MARKER", marker));
        await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout();

        process.Kill();

        Assert.That(await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout(), Is.Null);
        await ProcessProbe.AssertGoneAsync(() => ProcessProbe.WithMarker(marker), TimeSpan.FromSeconds(2));
    }

    [Test]
    public async Task DisposeAsync_Twice_IsHarmless()
    {
        var process = await StartAsync("exec cat");
        await process.DisposeAsync().AsTask().DefaultTimeout();

        Assert.DoesNotThrowAsync(() => process.DisposeAsync().AsTask().DefaultTimeout());
    }

    private static async Task<List<string>> ReadAllAsync(CliProcess process)
    {
        var lines = new List<string>();
        while (await process.Output.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout() is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line));
        }

        return lines;
    }

    private Task<CliProcess> StartAsync(string script, params (string Name, string Value)[] environment) =>
        CliProcess.StartAsync(Launch("/bin/sh", ["-c", script], environment));

    private CliLaunch Launch(string program, string[]? arguments = null, (string Name, string Value)[]? environment = null) => new()
    {
        FileName = program,
        Arguments = arguments ?? [],
        Environment = (
            environment is { Length: > 0 } ? environment : [("PATH", "/usr/bin:/bin")]).ToDictionary(pair => pair.Name, pair => pair.Value),
        WorkingDirectory = _folder.FullName,
    };
}
