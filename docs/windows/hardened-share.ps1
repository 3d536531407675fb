#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
Makes a hardened SMB share for SMB DDNS Sync on this Windows, shows how it stands, or undoes it.

.DESCRIPTION
What it changes, in this order, each noted before it is done so that -Undo knows it:

  1. SMB 1 is switched off, and every session has to be signed.
  2. A local account is made, that is in no group: it cannot sign in at the screen or by remote desktop.
  3. The folder is made if it is missing; the account may change what is in it, and nothing else.
  4. The share is made: for this account only, encrypted, without offline copies.
  5. The firewall lets the addresses that you name reach it, and no others; rules that let everybody
     in at port 445 are switched off where you say so (-CloseOthers).
  6. With -Port, another port leads to it, too, for lines whose provider blocks 445.

What was there before stays: an existing account, folder or share is never taken over.

.PARAMETER Name
Name of the share.

.PARAMETER Path
Folder that is shared. Never the root of a drive, and nothing of Windows.

.PARAMETER Account
Name of the account that is made.

.PARAMETER Password
Its password; asked for if it is left out.

.PARAMETER RemoteAddress
Who may reach the share: addresses, ranges such as 192.168.1.0/24, or LocalSubnet.

.PARAMETER Port
Another port that leads to the share as well.

.PARAMETER CloseOthers
Switches off the other rules of the firewall that let clients in at port 445.

.PARAMETER Status
Shows how it stands, and changes nothing.

.PARAMETER Undo
Takes everything back that the script did. The folder and the files in it stay.

.EXAMPLE
.\hardened-share.ps1 -Name Photos -Path D:\Photos -RemoteAddress 192.168.1.20

.EXAMPLE
.\hardened-share.ps1 -Name Photos -Undo
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Make')]
param(
    [Parameter(Mandatory)][ValidatePattern('^[^\\/:*?"<>|\[\];=,+]{1,80}$')][string]$Name,
    [Parameter(Mandatory, ParameterSetName = 'Make')][string]$Path,
    [Parameter(ParameterSetName = 'Make')][ValidatePattern('^[A-Za-z0-9._-]{1,20}$')][string]$Account = 'smb-ddns-sync',
    [Parameter(ParameterSetName = 'Make')][securestring]$Password,
    [Parameter(Mandatory, ParameterSetName = 'Make')][string[]]$RemoteAddress,
    [Parameter(ParameterSetName = 'Make')][ValidateRange(1024, 65535)][int]$Port = 0,
    [Parameter(ParameterSetName = 'Make')][switch]$CloseOthers,
    [Parameter(Mandatory, ParameterSetName = 'Status')][switch]$Status,
    [Parameter(Mandatory, ParameterSetName = 'Undo')][switch]$Undo
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$group = "SMB DDNS Sync: $Name"
$notes = Join-Path $env:ProgramData "smb-ddns-sync\$Name.json"

function Read-Note {
    if (Test-Path -LiteralPath $notes) {
        Get-Content -LiteralPath $notes -Raw | ConvertFrom-Json
    }
}

function Write-Note([System.Collections.IDictionary]$Note) {
    # Written before each change: what is undone later is never more than what was done.
    $folder = Split-Path -Parent $notes
    if (-not (Test-Path -LiteralPath $folder)) {
        New-Item -ItemType Directory -Path $folder | Out-Null
    }
    $Note | ConvertTo-Json | Set-Content -LiteralPath "$notes.new" -Encoding UTF8
    Move-Item -LiteralPath "$notes.new" -Destination $notes -Force
}

function Get-OtherRule {
    # Rules of others that let clients in at port 445.
    Get-NetFirewallRule -Direction Inbound -Action Allow -Enabled True |
        Where-Object { $_.Group -ne $group } |
        Where-Object {
            $filter = $_ | Get-NetFirewallPortFilter
            $filter.Protocol -in 'TCP', 'Any' -and ($filter.LocalPort -contains '445')
        }
}

function Show-Status {
    $server = Get-SmbServerConfiguration
    $share = Get-SmbShare -Name $Name -ErrorAction SilentlyContinue
    [pscustomobject]@{
        'SMB 1 off'              = -not $server.EnableSMB1Protocol
        'Every session signed'   = $server.RequireSecuritySignature
        'Unencrypted refused'    = $server.RejectUnencryptedAccess
        'Share is there'         = [bool]$share
        'Share encrypted'        = [bool]($share -and $share.EncryptData)
        'Who may use it'         = if ($share) {
            (Get-SmbShareAccess -Name $Name | ForEach-Object { "$($_.AccountName): $($_.AccessRight)" }) -join '; '
        }
        'Let in by our rules'    = (Get-NetFirewallRule -Group $group -ErrorAction SilentlyContinue |
                Get-NetFirewallAddressFilter | ForEach-Object { $_.RemoteAddress } | Select-Object -Unique) -join ', '
        'Other rules for 445'    = (Get-OtherRule | ForEach-Object { $_.DisplayName } | Select-Object -Unique) -join '; '
    }
}

function Assert-Usable {
    $full = [System.IO.Path]::GetFullPath($Path)
    if ($full -eq [System.IO.Path]::GetPathRoot($full)) {
        throw "$full is the root of a drive. Share a folder on it."
    }
    foreach ($system in $env:SystemRoot, $env:ProgramFiles, $env:ProgramData, (Split-Path -Parent $env:PUBLIC)) {
        if (($full + '\').StartsWith($system + '\', [System.StringComparison]::OrdinalIgnoreCase)) {
            throw "$full lies within $system, which is not to be shared. Choose another folder."
        }
    }
    if (Test-Path -LiteralPath $notes) {
        throw "The script has made $Name before. Undo that first: .\hardened-share.ps1 -Name `"$Name`" -Undo"
    }
    if (Get-SmbShare -Name $Name -ErrorAction SilentlyContinue) {
        throw "There is a share $Name already, and it stays as it is. Choose another name."
    }
    if (Get-LocalUser -Name $Account -ErrorAction SilentlyContinue) {
        throw "There is an account $Account already, and it stays as it is. Choose another one with -Account."
    }
    $full
}

function New-HardenedShare {
    $full = Assert-Usable
    if (-not $PSCmdlet.ShouldProcess($full, "Share it as $Name with the account $Account")) {
        return
    }
    if (-not $Password) {
        $Password = Read-Host -AsSecureString "Password of the new account $Account (20 characters and more are good)"
    }
    $server = Get-SmbServerConfiguration
    $note = [ordered]@{
        Path     = $full
        Account  = $Account
        Server   = [ordered]@{
            EnableSMB1Protocol       = $server.EnableSMB1Protocol
            RequireSecuritySignature = $server.RequireSecuritySignature
            RejectUnencryptedAccess  = $server.RejectUnencryptedAccess
        }
        Done     = @()
        Rules    = @()
        Port     = $Port
    }

    $note.Done += 'Server'; Write-Note $note
    Set-SmbServerConfiguration -EnableSMB1Protocol $false -RequireSecuritySignature $true -RejectUnencryptedAccess $true -Force

    $note.Done += 'Account'; Write-Note $note
    New-LocalUser -Name $Account -Password $Password -AccountNeverExpires -PasswordNeverExpires -UserMayNotChangePassword `
        -Description "Reaches the share $Name, and nothing else" | Out-Null

    if (-not (Test-Path -LiteralPath $full)) {
        New-Item -ItemType Directory -Path $full | Out-Null
    }
    $note.Done += 'Rights'; Write-Note $note
    Edit-Right -Folder $full -User $Account -Grant

    $note.Done += 'Share'; Write-Note $note
    New-SmbShare -Name $Name -Path $full -ChangeAccess "$env:COMPUTERNAME\$Account" -EncryptData $true `
        -CachingMode None -FolderEnumerationMode AccessBased -Description 'For SMB DDNS Sync' | Out-Null

    $note.Done += 'Firewall'; Write-Note $note
    $ports = @(445) + @($Port | Where-Object { $_ })
    New-NetFirewallRule -DisplayName "$group (in)" -Group $group -Direction Inbound -Protocol TCP -LocalPort $ports `
        -RemoteAddress $RemoteAddress -Action Allow -Profile Any | Out-Null
    if ($CloseOthers) {
        $others = @(Get-OtherRule)
        $note.Rules = @($others | ForEach-Object { $_.Name }); Write-Note $note
        $others | Disable-NetFirewallRule
    }

    if ($Port) {
        $note.Done += 'Port'; Write-Note $note
        # The helper that carries it over; without it the rule is kept and does nothing.
        Set-Service -Name iphlpsvc -StartupType Automatic
        Start-Service -Name iphlpsvc
        Invoke-Netsh interface portproxy add v4tov4 "listenport=$Port" 'connectaddress=127.0.0.1' 'connectport=445'
    }
    Show-Status
}

function Edit-Right([string]$Folder, [string]$User, [switch]$Grant) {
    $identity = New-Object System.Security.Principal.NTAccount($env:COMPUTERNAME, $User)
    $acl = Get-Acl -LiteralPath $Folder
    if ($Grant) {
        $acl.AddAccessRule((New-Object System.Security.AccessControl.FileSystemAccessRule(
                    $identity, 'Modify', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    else {
        $acl.PurgeAccessRules($identity)
    }
    Set-Acl -LiteralPath $Folder -AclObject $acl
}

function Invoke-Netsh {
    & netsh.exe @args | Out-Null
    if ($LASTEXITCODE) {
        throw "netsh $args failed with $LASTEXITCODE."
    }
}

function Undo-HardenedShare {
    $note = Read-Note
    if (-not $note) {
        throw "There are no notes of a share $Name at $notes, so nothing is undone."
    }
    if (-not $PSCmdlet.ShouldProcess($Name, 'Undo the share, its account and its rules; files stay')) {
        return
    }
    # The other way round, so that nobody is let in while half of it is undone.
    if ($note.Done -contains 'Port') {
        Invoke-Netsh interface portproxy delete v4tov4 "listenport=$($note.Port)"
    }
    if ($note.Done -contains 'Firewall') {
        Get-NetFirewallRule -Group $group -ErrorAction SilentlyContinue | Remove-NetFirewallRule
        foreach ($rule in $note.Rules) {
            Get-NetFirewallRule -Name $rule -ErrorAction SilentlyContinue | Enable-NetFirewallRule
        }
    }
    if ($note.Done -contains 'Share' -and (Get-SmbShare -Name $Name -ErrorAction SilentlyContinue)) {
        Remove-SmbShare -Name $Name -Force
    }
    if (Get-LocalUser -Name $note.Account -ErrorAction SilentlyContinue) {
        if ($note.Done -contains 'Rights' -and (Test-Path -LiteralPath $note.Path)) {
            Edit-Right -Folder $note.Path -User $note.Account
        }
        if ($note.Done -contains 'Account') {
            Remove-LocalUser -Name $note.Account
        }
    }
    if ($note.Done -contains 'Server') {
        $before = $note.Server
        Set-SmbServerConfiguration -EnableSMB1Protocol $before.EnableSMB1Protocol `
            -RequireSecuritySignature $before.RequireSecuritySignature `
            -RejectUnencryptedAccess $before.RejectUnencryptedAccess -Force
        if ($before.EnableSMB1Protocol) {
            Write-Warning 'SMB 1 is on again, as it was before. Nothing of SMB DDNS Sync needs it.'
        }
    }
    Remove-Item -LiteralPath $notes
    Write-Output "Undone. The folder $($note.Path) and what is in it are as they were."
}

switch ($PSCmdlet.ParameterSetName) {
    'Make' { New-HardenedShare }
    'Status' { Show-Status }
    'Undo' { Undo-HardenedShare }
}
