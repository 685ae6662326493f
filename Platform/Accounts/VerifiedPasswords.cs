using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Squad.Platform.Accounts;

/// <summary>
/// Remembers for a few minutes that a password was right, so that a git client, which sends it with every request, pays for the slow hash once.
/// Holds no password: the key is an HMAC, under a key of this process, over the stored hash and the password, so that it ends with either. Bounded.
/// </summary>
internal sealed class VerifiedPasswords(TimeProvider time)
{
    private const int EntriesMax = 10_000;
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _until = new();

    public bool Contains(string passwordHash, string password) =>
        _until.TryGetValue(KeyOf(passwordHash, password), out var until) && until > time.GetUtcNow();

    public void Add(string passwordHash, string password)
    {
        var now = time.GetUtcNow();
        if (_until.Count >= EntriesMax)
            foreach (var (key, until) in _until)
                if (until <= now)
                    _until.TryRemove(key, out _);
        if (_until.Count < EntriesMax)
            _until[KeyOf(passwordHash, password)] = now + s_lifetime;
    }

    private string KeyOf(string passwordHash, string password) =>
        Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{passwordHash}\0{password}")));
}
