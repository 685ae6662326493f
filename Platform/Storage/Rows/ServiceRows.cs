namespace Squad.Platform.Storage.Rows;

/// <summary>A refresh token, known by its hash only. Each use gives a new one of the same family; a second use of one revokes the family.</summary>
public sealed class RefreshTokenRow
{
    public required string Id { get; set; }

    public required string UserId { get; set; }

    /// <summary>Unique.</summary>
    public required string TokenHash { get; set; }

    public required string Family { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? UsedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public string? UserAgent { get; set; }
}

/// <summary>What a user signs in with.</summary>
public sealed class CredentialRow
{
    public required string UserId { get; set; }

    /// <summary>Unique without regard to case.</summary>
    public required string Username { get; set; }

    public required string PasswordHash { get; set; }

    /// <summary>Changes with the password; tokens that carry an older one are void.</summary>
    public required string SecurityStamp { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>A key that signs access tokens. The private half is protected before it is stored.</summary>
public sealed class SigningKeyRow
{
    public required string Id { get; set; }

    public required string Algorithm { get; set; }

    public required string PrivateKeyProtected { get; set; }

    public required string PublicJwk { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    public required DateTimeOffset ActivatesAt { get; set; }

    public required DateTimeOffset RetiresAt { get; set; }
}

/// <summary>One setting of the installation.</summary>
public sealed class SettingRow
{
    public required string Key { get; set; }

    public required string Value { get; set; }
}
