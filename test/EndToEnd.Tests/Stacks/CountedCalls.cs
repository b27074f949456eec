using Polydev.ModelProvider;

namespace Polydev.EndToEnd.Tests.Stacks;

/// <summary>
/// Holds every call of a stack to one request of the provider: neither an SDK, nor we, nor a CLI asks twice. What a call sends after its
/// end is seen at the next one's start, or when the stack is taken down.
/// </summary>
internal sealed class CountedCalls(ProviderServer provider)
{
    private readonly Lock _lock = new();
    private int _running;

    // Null: not known, as before the first call and after one that failed.
    private int? _expected;

    /// <summary>One whole call: its answer, or an error that the test expects as one.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> call)
    {
        Begin();
        T answer;
        try
        {
            answer = await call();
        }
        catch
        {
            Abandon();
            throw;
        }

        End();
        return answer;
    }

    /// <summary>A call that a test follows piece by piece starts; it owes an <see cref="End"/> or an <see cref="Abandon"/>.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_running == 0)
            {
                Check();
                _expected ??= provider.CallCount;
            }

            _running++;
            _expected++;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            if (--_running == 0)
            {
                Check();
            }
        }
    }

    /// <summary>A call that the test gives up or that has failed it: what came of it is not counted.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _running--;
            _expected = null;
        }
    }

    /// <summary>Fails when the provider has seen more requests, or fewer, than there were calls.</summary>
    public void Check()
    {
        lock (_lock)
        {
            if (_expected is { } expected && provider.CallCount is var seen && seen != expected)
            {
                _expected = null;
                Assert.Fail($"{seen - expected:+0;-0} requests reached the provider beside one for each call.");
            }
        }
    }
}
