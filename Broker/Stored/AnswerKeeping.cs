using Polydev.Broker.Dialects;
using Polydev.Broker.Keys;
using Polydev.Broker.Routing;

namespace Polydev.Broker.Stored;

/// <summary>
/// Hands an answer that its caller may come back to, once it is whole, to the tunnel that gave it. The caller does not wait for that: who
/// asks for it meanwhile does.
/// </summary>
internal sealed class AnswerKeeping : IAsyncDisposable
{
    private Task _there = Task.CompletedTask;

    private AnswerKeeping()
    {
    }

    /// <summary>Null where the answer is not to be stored.</summary>
    public static AnswerKeeping? Of(AnswerToStore? answer, StoredResponses stored, Credential caller, ModelRoute route) =>
        answer is null ? null : Begin(answer, stored, caller, route);

    /// <summary>The answer has been written. What a tunnel has yet to take stays one of the key's calls in hand.</summary>
    public async Task FinishAsync(HttpResponse response)
    {
        if (!_there.IsCompleted)
        {
            await response.CompleteAsync();
        }
    }

    public async ValueTask DisposeAsync() => await _there;

    private static AnswerKeeping Begin(AnswerToStore answer, StoredResponses stored, Credential caller, ModelRoute route)
    {
        var keeping = new AnswerKeeping();
        answer.Taker = record => keeping._there = stored.PutAsync(caller, route, answer.Id, answer.Previous, record);
        return keeping;
    }
}
