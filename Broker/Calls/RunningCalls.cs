using System.Collections.Concurrent;

namespace Polydev.Broker.Calls;

/// <summary>
/// Calls that have been counted and have not ended: of this broker process alone, another broker of the same database knows its own. They
/// stand in no table, so that a call costs no write more than it did. Whoever reads names an account, and sees nothing of another.
/// </summary>
internal sealed class RunningCalls
{
    private readonly ConcurrentDictionary<string, IRunningCall> _calls = new(StringComparer.Ordinal);

    public void Add(IRunningCall call) => _calls[call.RequestId] = call;

    /// <summary>However it ended. Nothing happens where it is not here.</summary>
    public void Remove(IRunningCall call) => _calls.TryRemove(call.RequestId, out _);

    /// <summary>The newest first. Walks through those of all accounts, which are as many as the broker takes at once.</summary>
    public IReadOnlyList<RecordedCall> Of(string accountId)
    {
        var calls = new List<RecordedCall>();
        foreach (var (_, call) in _calls)
        {
            if (call.AccountId == accountId)
            {
                calls.Add(call.SoFar());
            }
        }

        return [.. calls.OrderByDescending(call => call.BeganAt).ThenByDescending(call => call.Id, StringComparer.Ordinal)];
    }
}

/// <summary>A call that runs, as its own record tells of it.</summary>
internal interface IRunningCall
{
    string RequestId { get; }

    string AccountId { get; }

    /// <summary>
    /// What is known by now, asked by another thread than the call's. It has no status, outcome and result yet, and its duration is that
    /// so far.
    /// </summary>
    RecordedCall SoFar();
}
