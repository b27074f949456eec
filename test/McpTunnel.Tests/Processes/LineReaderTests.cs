using System.IO.Pipelines;
using System.Text;
using Polydev.McpTunnel.Processes;
using Polydev.TestKit;

namespace Polydev.McpTunnel.Tests.Processes;

internal sealed class LineReaderTests
{
    [TestCase("a\nb\n", "a|b")]
    [TestCase("a\r\nb", "a|b")]
    [TestCase("a\n\n\nb\n", "a|||b")]
    [TestCase("ü\u2028x\n", "ü\u2028x")]
    [TestCase("", "")]
    public async Task ReadAsync_AnyText_SplitsAtLineFeedsOnly(string text, string expected)
    {
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        var lines = new List<string>();
        while (await reader.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout() is { } line)
        {
            lines.Add(Encoding.UTF8.GetString(line));
        }

        Assert.That(string.Join('|', lines), Is.EqualTo(expected));
    }

    [Test]
    public async Task ReadAsync_LineInPieces_WaitsForItsEnd()
    {
        var pipe = new Pipe();
        var reader = new LineReader(pipe.Reader.AsStream());
        await pipe.Writer.WriteAsync("on"u8.ToArray());
        var reading = reader.ReadAsync(CancellationToken.None).AsTask();
        Assert.That(reading.IsCompleted, Is.False);

        await pipe.Writer.WriteAsync("e\ntwo\n"u8.ToArray());

        Assert.That(Encoding.UTF8.GetString((await reading.DefaultTimeout())!), Is.EqualTo("one"));
        Assert.That(
            Encoding.UTF8.GetString((await reader.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout())!), Is.EqualTo("two"));
    }

    [Test]
    public async Task ReadAsync_LongLine_ArrivesWhole()
    {
        var text = new string('x', 5_000_000);
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes($"{text}\nnext\n")));

        Assert.That((await reader.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout())!, Has.Length.EqualTo(text.Length));
        Assert.That((await reader.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout())!, Has.Length.EqualTo(4));
    }

    [Test]
    public void ReadAsync_EndlessLine_IsRefused()
    {
        var reader = new LineReader(new EndlessStream());

        Assert.ThrowsAsync<InvalidDataException>(() => reader.ReadAsync(CancellationToken.None).AsTask().DefaultTimeout());
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
