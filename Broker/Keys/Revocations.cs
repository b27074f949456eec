namespace Polydev.Broker.Keys;

/// <summary>
/// Tells running calls and tunnels that their credential has been revoked, by this process at once, by another on the same database
/// within two seconds. All watches of a credential share one token, so that a watch costs a call next to nothing.
/// </summary>
internal sealed class Revocations(CredentialCache cache)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Watched> _watched = new(StringComparer.Ordinal);
    private TaskCompletionSource _any = NewSignal();

    /// <summary>The caller disposes the watch when its stream ends.</summary>
    public RevocationWatch Watch(Credential credential)
    {
        lock (_gate)
        {
            if (!_watched.TryGetValue(credential.Id, out var watched))
            {
                _watched.Add(credential.Id, watched = new Watched());
                _any.TrySetResult();
            }

            watched.Watches++;
            return new RevocationWatch(this, watched);
        }
    }

    /// <summary>Ends when at least one credential is watched.</summary>
    public Task WaitUntilWatchedAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _any.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Forgets those that nobody watches any more. Only here, once a second: a key's next call mostly finds its entry still there.
    /// </summary>
    public string[] WatchedIds()
    {
        lock (_gate)
        {
            foreach (var (id, watched) in _watched)
            {
                if (watched.Watches == 0)
                {
                    _watched.Remove(id);
                }
            }

            ResetWhenEmpty();
            return [.. _watched.Keys];
        }
    }

    /// <summary>
    /// The credential counts no longer: its next call is refused, and all its watches are cancelled. Throws what their callbacks threw,
    /// after all of them have run.
    /// </summary>
    public Task AnnounceAsync(string credentialId)
    {
        cache.Remove(credentialId);
        Watched? watched;
        lock (_gate)
        {
            _watched.Remove(credentialId, out watched);
            ResetWhenEmpty();
        }

        return watched?.Source.CancelAsync() ?? Task.CompletedTask;
    }

    /// <summary>What is remembered of the credential holds no longer, in this process. Nothing that runs ends.</summary>
    public void Forget(string credentialId) => cache.Remove(credentialId);

    internal void Leave(Watched watched)
    {
        lock (_gate)
        {
            watched.Watches--;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void ResetWhenEmpty()
    {
        if (_watched.Count == 0 && _any.Task.IsCompleted)
        {
            _any = NewSignal();
        }
    }

    /// <summary>
    /// One credential. Its source is left to the collector: it owns no timer and no handle, and disposing it could race with a revocation
    /// that is just being announced.
    /// </summary>
    internal sealed class Watched
    {
        public CancellationTokenSource Source { get; } = new();

        /// <summary>How many watch it; changed under the gate.</summary>
        public int Watches { get; set; }
    }
}

/// <summary>One stream's watch over one credential.</summary>
internal sealed class RevocationWatch(Revocations revocations, Revocations.Watched watched) : IDisposable
{
    private Revocations.Watched? _watched = watched;

    /// <summary>Never cancelled once the watch has been disposed.</summary>
    public CancellationToken Revoked => _watched?.Source.Token ?? CancellationToken.None;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _watched, null) is { } left)
        {
            revocations.Leave(left);
        }
    }
}
