using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Live;

/// <summary>What a page shows to all who look at it in one way. Written by its feed, read by their streams, each at its own pace.</summary>
/// <param name="viewer">The first of them; what he has of his own is in no part that is sent.</param>
internal sealed class LiveLook(Viewer viewer)
{
    private readonly Lock _lock = new();
    private LiveState _state = LiveState.None;
    private TaskCompletionSource _changed = NewSignal();

    public Viewer Viewer => viewer;

    /// <summary>Changed under the feed's lock.</summary>
    public int Viewers { get; set; }

    public void Show(DateTimeOffset now, IReadOnlyDictionary<string, string> parts, IReadOnlySet<string> sessions)
    {
        var before = _state;
        var turn = before.Turn + 1;
        Publish(new LiveState(turn, now, sessions, parts.ToDictionary(
            part => part.Key,
            part => before.Parts.TryGetValue(part.Key, out var old) && old.Html == part.Value ? old : new ShownPart(part.Value, turn))));
    }

    /// <summary>Nobody of the account is signed in any more.</summary>
    public void End(DateTimeOffset now) => Publish(_state with { Turn = _state.Turn + 1, At = now, Sessions = new HashSet<string>() });

    /// <summary>The state after that turn, as soon as there is one.</summary>
    public async Task<LiveState> NextAsync(long seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_state.Turn > seen)
                {
                    return _state;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Publish(LiveState state)
    {
        lock (_lock)
        {
            _state = state;
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }
}

/// <summary>A page at one moment.</summary>
/// <param name="Turn">Rises with each reading; 0: there has been none.</param>
/// <param name="Sessions">The account's that were good then: others are to look no longer.</param>
internal sealed record LiveState(
    long Turn, DateTimeOffset At, IReadOnlySet<string> Sessions, IReadOnlyDictionary<string, ShownPart> Parts)
{
    public static readonly LiveState None = new(0, default, new HashSet<string>(), new Dictionary<string, ShownPart>());
}

/// <param name="Turn">Since when it stands so.</param>
internal sealed record ShownPart(string Html, long Turn);
