namespace Polydev.Broker.Keys;

/// <summary>Who watches which credential, in this process.</summary>
internal sealed class Revocations : IRevocations
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<RevocationWatch>> _watches = [];
    private TaskCompletionSource _watched = NewSignal();

    public IRevocationWatch Watch(Credential credential)
    {
        var watch = new RevocationWatch(this, credential.Id);
        lock (_gate)
        {
            if (!_watches.TryGetValue(credential.Id, out var those))
            {
                _watches.Add(credential.Id, those = []);
            }

            those.Add(watch);
            _watched.TrySetResult();
        }

        return watch;
    }

    /// <summary>Ends when at least one credential is watched.</summary>
    public Task WaitUntilWatchedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _watched.Task.WaitAsync(cancellationToken);
        }
    }

    public string[] WatchedIds()
    {
        lock (_gate)
        {
            return [.. _watches.Keys];
        }
    }

    /// <summary>Cancels all watches of this credential; throws what their callbacks threw, after all of them have run.</summary>
    public Task AnnounceAsync(string credentialId)
    {
        HashSet<RevocationWatch>? those;
        lock (_gate)
        {
            _watches.Remove(credentialId, out those);
            ResetWhenEmpty();
        }

        return Task.WhenAll(those?.Select(watch => watch.RevokeAsync()) ?? []);
    }

    internal void Leave(RevocationWatch watch)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(watch.CredentialId, out var those) && those.Remove(watch) && those.Count == 0)
            {
                _watches.Remove(watch.CredentialId);
                ResetWhenEmpty();
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void ResetWhenEmpty()
    {
        if (_watches.Count == 0 && _watched.Task.IsCompleted)
        {
            _watched = NewSignal();
        }
    }
}
