using System.Globalization;
using Polydev.McpTunnel.Work;
using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Commands;

/// <summary>
/// A line for each call that has ended, at most ten in a second: a tunnel that relays a thousand calls a second has better to do.
/// The others of such a second are one line together, at its end.
/// </summary>
internal sealed class CallLines : IDisposable
{
    public const int LinesPerSecond = 10;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Action<DateTimeOffset, string> _write;
    private readonly TimeProvider _time;
    private readonly ITimer _secondOver;
    private readonly Lock _lock = new();
    private bool _isRunning;
    private int _written;
    private int _answered;
    private int _failed;

    /// <param name="write">Called under a lock: quick, and never back into this.</param>
    public CallLines(Action<DateTimeOffset, string> write, TimeProvider time)
    {
        _write = write;
        _time = time;
        _secondOver = time.CreateTimer(_ => EndSecond(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Note(RunningCall call)
    {
        lock (_lock)
        {
            if (!_isRunning)
            {
                _isRunning = true;
                _secondOver.Change(Second, Timeout.InfiniteTimeSpan);
            }

            if (_written < LinesPerSecond)
            {
                _written++;
                _write(call.Until, LineOf(call));
                return;
            }

            _ = call.IsAnswered ? _answered++ : _failed++;
        }
    }

    public void Dispose() => _secondOver.Dispose();

    private void EndSecond()
    {
        lock (_lock)
        {
            var others = _answered + _failed;
            _isRunning = others > 0;
            _written = 0;
            if (others > 0)
            {
                _write(_time.GetUtcNow(), $"calls {others} more: {_answered} answered, {_failed} failed");
                (_written, _answered, _failed) = (1, 0, 0);
                _secondOver.Change(Second, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private static string LineOf(RunningCall call) => string.Create(
        CultureInfo.InvariantCulture,
        $"call {PlainText.Line(call.Provider)} {PlainText.Line(call.Model)} {call.Outcome} {(call.Until - call.Since).TotalSeconds:0.0}s");
}
